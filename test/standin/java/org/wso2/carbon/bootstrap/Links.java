package org.wso2.carbon.bootstrap;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Tries every peer that the configuration names, again and again: chain, host name and credentials must be right. */
final class Links {
    private static final int TIMEOUT = 3000;
    private final Config config;
    private final SSLContext tls;
    private final String profile;
    private final List<String[]> wanted = new ArrayList<>();

    Links(Config config, SSLContext tls, String profile) throws Refused {
        this.config = config;
        this.tls = tls;
        this.profile = profile;
        collect();
    }

    private void collect() throws Refused {
        boolean traffic = profile.equals("traffic-manager");
        boolean manager = profile.equals("api-key-manager");
        boolean publisher = profile.equals("api-publisher");
        boolean portal = profile.equals("api-devportal");
        boolean gateway = profile.equals("gateway-worker");
        one("apim.key_manager.service_url", !manager, "");
        one("apim.throttling.service_url", publisher || gateway, "");
        all("apim.throttling.throttle_decision_endpoints", !traffic);
        groups("apim.throttling.url_group", "traffic_manager_urls", "traffic_manager_auth_urls", !traffic);
        all("apim.throttling.event_duplicate_url", false);
        one("apim.event_hub.service_url", !traffic, "/internal/data/v1/keymanagers");
        all("apim.event_hub.event_listening_endpoints", !traffic);
        groups("apim.event_hub.publish.url_group", "urls", "auth_urls", !traffic);
        one("apim.devportal.url", publisher, "/");
        one("apim.oauth_config.revoke_endpoint", portal, "");
        List<Map<String, Object>> listeners = config.tables("event_listener");
        String notify = null;
        for (Map<String, Object> each : listeners) {
            Object properties = each.get("properties");
            if (properties instanceof Map) {
                notify = String.valueOf(((Map<?, ?>) properties).get("notification_endpoint"));
                if (!((Map<?, ?>) properties).containsKey("header.X-WSO2-KEY-MANAGER")) {
                    missing("event_listener.properties header.X-WSO2-KEY-MANAGER");
                }
            }
        }
        if (notify != null) {
            link("event_listener.properties.notification_endpoint", config.carbon(notify));
        } else if (manager) {
            missing("event_listener.properties.notification_endpoint");
        }
        List<Map<String, Object>> environments = config.tables("apim.gateway.environment");
        for (Map<String, Object> each : environments) {
            for (String key : new String[] {"service_url", "http_endpoint", "https_endpoint", "ws_endpoint", "wss_endpoint"}) {
                if (each.get(key) != null) {
                    link("apim.gateway.environment." + key, config.carbon(String.valueOf(each.get(key))));
                } else if (key.equals("service_url") && publisher || key.startsWith("http") && (publisher || portal)) {
                    missing("apim.gateway.environment." + key);
                }
            }
        }
        if (environments.isEmpty() && (publisher || portal)) {
            missing("apim.gateway.environment");
        }
    }

    private void one(String key, boolean needed, String suffix) throws Refused {
        String url = config.text(key, null);
        if (url != null) {
            link(key, url + suffix);
        } else if (needed) {
            missing(key);
        }
    }

    private void all(String key, boolean needed) throws Refused {
        List<String> urls = config.list(key);
        for (String url : urls) {
            link(key, url);
        }
        if (urls.isEmpty() && needed) {
            missing(key);
        }
    }

    private void groups(String table, String plain, String secure, boolean needed) throws Refused {
        List<Map<String, Object>> groups = config.tables(table);
        for (Map<String, Object> group : groups) {
            for (String key : new String[] {plain, secure}) {
                Object urls = group.get(key);
                for (Object url : urls instanceof List ? (List<?>) urls : Collections.emptyList()) {
                    link(table + "." + key, config.carbon(String.valueOf(url)));
                }
                if (!(urls instanceof List) || ((List<?>) urls).isEmpty()) {
                    missing(table + "." + key);
                }
            }
        }
        if (groups.isEmpty() && needed) {
            missing(table);
        }
    }

    private void link(String name, String url) {
        wanted.add(new String[] {name, url});
    }

    private void missing(String name) {
        wanted.add(new String[] {name, null});
    }

    /** One round over all links, as JSON. */
    String look() {
        StringBuilder out = new StringBuilder("[");
        for (String[] each : wanted) {
            String why = each[1] == null ? "not configured: it would turn to localhost" : reach(each[1]);
            out.append(out.length() > 1 ? ",\n" : "").append("{\"name\":").append(text(each[0]))
                .append(",\"url\":").append(text(String.valueOf(each[1])))
                .append(",\"up\":").append(why == null)
                .append(why == null ? "" : ",\"why\":" + text(why)).append("}");
        }
        return out.append("]\n").toString();
    }

    /** Null if the peer answers as it should, otherwise why not. */
    private String reach(String url) {
        try {
            URI uri = URI.create(url);
            String scheme = uri.getScheme();
            boolean secure = scheme.equals("https") || scheme.equals("ssl") || scheme.equals("wss");
            int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
            if (uri.getHost() == null) {
                return "this is no URL";
            }
            if (uri.getHost().equals("localhost")) {
                return "it turns to localhost";
            }
            try (Socket socket = connect(uri.getHost(), port, secure)) {
                return scheme.startsWith("http") ? request(socket, uri) : hello(socket);
            }
        } catch (Exception e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    private Socket connect(String host, int port, boolean secure) throws Exception {
        Socket plain = new Socket();
        plain.connect(new InetSocketAddress(host, port), TIMEOUT);
        plain.setSoTimeout(TIMEOUT);
        if (!secure) {
            return plain;
        }
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private String hello(Socket socket) throws Exception {
        String line = "HELLO " + config.need("super_admin.username") + " " + config.need("super_admin.password") + "\n";
        socket.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
        String answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
        return "OK".equals(answer) ? null : "answered " + answer;
    }

    private String request(Socket socket, URI uri) throws Exception {
        String login = config.need("super_admin.username") + ":" + config.need("super_admin.password");
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String asked = "GET " + path + " HTTP/1.1\r\nHost: " + uri.getHost() + "\r\nConnection: close\r\nAuthorization: Basic "
            + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)) + "\r\n\r\n";
        socket.getOutputStream().write(asked.getBytes(StandardCharsets.UTF_8));
        String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
        String status = line == null ? "nothing" : line.replaceFirst("HTTP/\\S+ (\\d+).*", "$1");
        boolean root = path.equals("/");
        return status.matches(root ? "[234]\\d\\d" : "200|302") ? null : "answered " + status;
    }

    private static String text(String value) {
        return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + "\"";
    }
}
