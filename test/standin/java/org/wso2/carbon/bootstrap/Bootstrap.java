package org.wso2.carbon.bootstrap;

import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Properties;

/** Stand-in for the product's server: it checks its deployment, refuses what is wrong, and serves what its profile has. */
public final class Bootstrap {
    private static final String SELF = "org.wso2.carbon.bootstrap.Bootstrap";
    private static final String STARTUP = "org.wso2.carbon.core.internal.StartupFinalizerServiceComponent";

    private Bootstrap() {
    }

    public static void main(String[] arguments) throws Exception {
        long began = System.currentTimeMillis();
        for (String argument : arguments) {
            if (argument.startsWith("-D") && argument.contains("=")) {
                System.setProperty(argument.substring(2, argument.indexOf('=')), argument.substring(argument.indexOf('=') + 1));
            }
        }
        Path home = Paths.get(System.getProperty("carbon.home"));
        Log.open(home);
        writePid(home);
        String profile = System.getProperty("profile", "");
        Log.info(SELF, "Starting WSO2 Carbon, profile " + profile);
        Properties told = told(profile);
        Listeners listeners;
        Links links;
        try {
            Webapps.check(home, profile);
            Config config = Config.read(home, profile);
            Stores stores = Stores.open(home, config, profile);
            Databases databases = Databases.open(home, config, profile);
            listeners = new Listeners(profile, databases, stores.context, config.offset());
            listeners.bind(!"false".equals(config.text("monitoring.jmx.rmi_server_start", "true")));
            links = new Links(config, stores.context, profile);
            listeners.info = info(profile, config, stores);
        } catch (Throwable e) {
            String why = e instanceof Refused ? e.getMessage() : e.toString();
            Log.error(SELF, "The server cannot start: " + why);
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            Log.info("org.wso2.carbon.core.init.CarbonServerManager", "Shutting down, requests in flight are finished");
            pause(seconds(told, "stop.seconds", 0));
            listeners.stop(10);
            Log.info("org.wso2.carbon.core.init.CarbonServerManager", "Halting JVM");
        }));
        listeners.serve();
        pause(seconds(told, "start.seconds", 2));
        Log.info(STARTUP, "Server           :  WSO2 API Manager-3.2.0");
        Log.info(STARTUP, "WSO2 Carbon started in " + (System.currentTimeMillis() - began) / 1000 + " sec");
        pause(0.5);
        listeners.ready = !"never".equals(told.getProperty("ready"));
        double life = seconds(told, "dies.after.seconds", 0);
        long born = System.currentTimeMillis();
        while (true) {
            listeners.links = links.look();
            if (life > 0 && System.currentTimeMillis() - born > life * 1000) {
                Log.error(SELF, "The server dies, as it was told to");
                Runtime.getRuntime().halt(1);
            }
            pause(0.7);
        }
    }

    /** A buffer of 100 bytes: the pid, a newline, and NUL bytes. */
    private static void writePid(Path home) throws Exception {
        byte[] text = (pid() + "\n").getBytes(StandardCharsets.UTF_8);
        Files.write(home.resolve("wso2carbon.pid"), Arrays.copyOf(text, 100));
    }

    private static String pid() {
        return ManagementFactory.getRuntimeMXBean().getName().split("@")[0];
    }

    /** What a test tells this server: `KEY=…`, or `PROFILE.KEY=…` for one profile. */
    private static Properties told(String profile) throws Exception {
        Properties all = new Properties();
        Path file = Paths.get(System.getProperty("standin.properties", "/etc/standin.properties"));
        if (Files.exists(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                all.load(in);
            }
        }
        Properties mine = new Properties();
        for (String key : all.stringPropertyNames()) {
            if (!key.contains("-") && !key.contains("publisher.")) {
                mine.setProperty(key, all.getProperty(key));
            }
        }
        for (String key : all.stringPropertyNames()) {
            if (key.startsWith(profile + ".")) {
                mine.setProperty(key.substring(profile.length() + 1), all.getProperty(key));
            }
        }
        return mine;
    }

    private static String info(String profile, Config config, Stores stores) throws Exception {
        StringBuilder sum = new StringBuilder();
        for (byte each : MessageDigest.getInstance("SHA-256").digest(stores.certificate.getEncoded())) {
            sum.append(String.format("%02x", each));
        }
        return "{\"profile\":\"" + profile + "\",\"offset\":" + config.offset() + ",\"pid\":" + pid()
            + ",\"memory\":" + Runtime.getRuntime().maxMemory() + ",\"certificate\":\"" + sum + "\"}\n";
    }

    private static double seconds(Properties told, String key, double otherwise) {
        return Double.parseDouble(told.getProperty(key, String.valueOf(otherwise)));
    }

    private static void pause(double seconds) {
        try {
            Thread.sleep((long) (seconds * 1000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
