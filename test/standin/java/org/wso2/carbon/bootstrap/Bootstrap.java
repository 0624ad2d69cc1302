package org.wso2.carbon.bootstrap;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Stand-in for the product's server: it checks its deployment, refuses what is wrong, and serves what its profile has. */
public final class Bootstrap {
    private static final String SELF = "org.wso2.carbon.bootstrap.Bootstrap";
    private static final String MANAGER = "org.wso2.carbon.core.init.CarbonServerManager";
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
        Told told = Told.read(profile);
        Listeners listeners;
        Links links;
        Databases databases;
        Kept kept;
        try {
            Webapps.check(home, profile);
            Config config = Config.read(home, profile);
            Rendered.write(home, config, profile);
            Stores stores = Stores.open(home, config, profile, told);
            databases = Databases.open(home, config, profile);
            listeners = new Listeners(profile, databases, stores.context, stores.webSockets, config.offset());
            listeners.bind(!"false".equals(config.text("monitoring.jmx.rmi_server_start", "true")));
            links = new Links(config, stores, profile);
            kept = new Kept(config, profile, told);
            listeners.answers.links = links::json;
            String info = info(profile, config, stores);
            Answers answers = listeners.answers;
            answers.signing = stores.signing::told;
            answers.node = config.text("server.node_ip", "");
            answers.info = () -> info + ",\"inFlight\":" + (answers.inFlight.get() - 1) + "}\n";
        } catch (Throwable e) {
            String why = e instanceof Refused ? e.getMessage() : e.toString();
            Log.error(SELF, "The server cannot start: " + why);
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(listeners, told)));
        listeners.serve();
        pause(told.seconds("start.seconds", 2));
        databases.started();
        Log.info(STARTUP, "Server           :  WSO2 API Manager-3.2.0");
        Log.info(STARTUP, "WSO2 Carbon started in " + (System.currentTimeMillis() - began) / 1000 + " sec");
        kept.hold();
        pause(0.5);
        listeners.answers.ready = !"never".equals(told.text("ready", ""));
        double life = told.seconds("dies.after.seconds", 0);
        long born = System.currentTimeMillis();
        Thread looker = new Thread(() -> {
            try {
                while (true) {
                    links.look();
                    Thread.sleep(1000);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        looker.setDaemon(true);
        looker.start();
        while (true) {
            if (life > 0 && System.currentTimeMillis() - born > life * 1000) {
                Log.error(SELF, "The server dies, as it was told to");
                Runtime.getRuntime().halt(Integer.parseInt(told.text("dies.code", "1")));
            }
            pause(0.1);
        }
    }

    /** As the product does: ports close first, and the process may live on for long. */
    private static void stop(Listeners listeners, Told told) {
        Log.info(MANAGER, "Shutting down, requests in flight are finished");
        try {
            listeners.stop(10);
        } catch (Exception e) {
            Log.error(MANAGER, "The ports could not be closed: " + e);
        }
        pause(told.seconds("stop.seconds", 0));
        Log.info(MANAGER, "Halting JVM");
    }

    /** A buffer of 100 bytes: the pid, a newline, and NUL bytes. */
    private static void writePid(Path home) throws Exception {
        byte[] text = (pid() + "\n").getBytes(StandardCharsets.UTF_8);
        Files.write(home.resolve("wso2carbon.pid"), Arrays.copyOf(text, 100));
    }

    private static String pid() {
        return ManagementFactory.getRuntimeMXBean().getName().split("@")[0];
    }

    private static String info(String profile, Config config, Stores stores) throws Exception {
        List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
        StringBuilder sum = new StringBuilder();
        for (byte each : MessageDigest.getInstance("SHA-256").digest(stores.certificate.getEncoded())) {
            sum.append(String.format("%02x", each));
        }
        return "{\"profile\":\"" + profile + "\",\"offset\":" + config.offset() + ",\"pid\":" + pid()
            + ",\"started\":\"" + Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime())
            + "\",\"memory\":" + Runtime.getRuntime().maxMemory() + ",\"options\":" + Json.text(String.join(" ", options))
            + ",\"certificate\":\"" + sum + "\"";
    }

    private static void pause(double seconds) {
        try {
            Thread.sleep((long) (seconds * 1000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
