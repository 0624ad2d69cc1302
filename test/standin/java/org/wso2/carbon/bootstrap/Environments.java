package org.wso2.carbon.bootstrap;

import java.util.List;

/** The links to gateways: what each `[[apim.gateway.environment]]` names. */
final class Environments {
    private static final String[] KEYS = {"service_url", "http_endpoint", "https_endpoint", "ws_endpoint", "wss_endpoint"};
    private final Config config;
    private final List<Link> links;

    Environments(Config config, List<Link> links) {
        this.config = config;
        this.links = links;
    }

    void collect(boolean publisher, boolean portal) {
        List<TomlTable> environments = config.tables("apim.gateway.environment");
        for (TomlTable each : environments) {
            for (String key : KEYS) {
                String name = "apim.gateway.environment." + key;
                if (each.get(key) != null) {
                    links.add(link(name, key, each));
                } else if ((key.equals("service_url") && publisher) || (key.equals("https_endpoint") && each.get("http_endpoint") == null)) {
                    links.add(missing(name));
                }
            }
        }
        if (environments.isEmpty() && (publisher || portal)) {
            links.add(missing("apim.gateway.environment"));
        }
    }

    private Link link(String name, String key, TomlTable table) {
        String url = config.carbon(String.valueOf(table.get(key)));
        String scheme = key.equals("service_url") ? "https" : key.replace("_endpoint", "");
        if (!url.startsWith(scheme + "://")) {
            return Link.broken(name, url, "it must begin with " + scheme + "://");
        }
        String kind = key.equals("service_url") ? "servlet" : key.startsWith("http") ? "pass-through" : "web socket";
        // The pass-through has no API at its root: any answer that is not a fault shows that it lives.
        String statuses = kind.equals("servlet") ? "200" : kind.equals("web socket") ? "101" : "[234]\\d\\d";
        return new Link(name, url, "gateway-worker " + kind, statuses, word(config, table, "username"), word(config, table, "password"));
    }

    /** A credential of an array of tables, where `$ref{}` stays as it is written; without one, the administrator's. */
    static String word(Config config, TomlTable table, String key) {
        Object value = table.get(key);
        return value == null ? config.text("super_admin." + key, "") : config.carbon(String.valueOf(value));
    }

    static Link missing(String name) {
        return Link.broken(name, "localhost", "not configured: it would turn to localhost");
    }
}
