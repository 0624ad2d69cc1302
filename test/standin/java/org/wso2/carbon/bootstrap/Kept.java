package org.wso2.carbon.bootstrap;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The connections that a gateway keeps to the broker of a Traffic Manager, one for decisions and one for events. As the
 * product does it, each goes to one address of its list, turns to the next when that one goes, and dials again after a
 * while when there is none.
 */
final class Kept {
    private static final String SELF = "org.wso2.carbon.apimgt.jms.listener.utils.JMSListener";
    private static final int TIMEOUT = 2000;
    private final Config config;
    private final boolean listens;
    private final double again;

    Kept(Config config, String profile, Told told) {
        this.config = config;
        this.listens = profile.equals("gateway-worker") && !"never".equals(told.text("listens", ""));
        this.again = told.seconds("redial.seconds", 2);
    }

    void hold() {
        if (listens) {
            begin("apim.throttling", "throttle_decision_endpoints");
            begin("apim.event_hub", "event_listening_endpoints");
        }
    }

    private void begin(String table, String key) {
        List<String> urls = config.list(table + "." + key);
        String user = config.text(table + ".username", config.text("super_admin.username", ""));
        String password = config.text(table + ".password", config.text("super_admin.password", ""));
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    for (String url : urls) {
                        listen(url, "LISTEN " + user + " " + password + "\n");
                    }
                    Thread.sleep((long) (again * 1000));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** Until the other side goes. */
    private void listen(String url, String words) {
        try (Socket socket = new Socket()) {
            URI uri = URI.create(url);
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), TIMEOUT);
            socket.setSoTimeout(TIMEOUT);
            socket.getOutputStream().write(words.getBytes(StandardCharsets.UTF_8));
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            if ("OK".equals(in.readLine())) {
                Log.info(SELF, "Listening at " + url);
                socket.setSoTimeout(0);
                while (in.readLine() != null) {
                    // Nothing that is said there is of use here.
                    Thread.yield();
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            Log.info(SELF, "Connection attempt to " + url + " failed: " + e);
        }
    }
}
