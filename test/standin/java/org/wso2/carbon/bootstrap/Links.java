package org.wso2.carbon.bootstrap;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/** All peers that the configuration names, and those that the role needs and the configuration leaves out. */
final class Links {
    private static final String MANAGER = "api-key-manager servlet";
    private static final String TRAFFIC = "traffic-manager servlet";
    private static final String BROKER = "traffic-manager broker";
    private static final String RECEIVER = "traffic-manager receiver";
    private final Config config;
    private final Stores stores;
    private final Handshakes handshakes;
    private final List<Link> links = new ArrayList<>();
    private final ExecutorService workers = Executors.newFixedThreadPool(4, work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });

    Links(Config config, Stores stores, String profile) {
        this.config = config;
        this.stores = stores;
        this.handshakes = new Handshakes(profile + "-" + config.offset());
        boolean traffic = profile.equals("traffic-manager");
        boolean publisher = profile.equals("api-publisher");
        boolean portal = profile.equals("api-devportal");
        boolean worker = profile.equals("gateway-worker");
        boolean manager = profile.equals("api-key-manager");
        one("apim.key_manager.service_url", MANAGER, !manager, "");
        one("apim.throttling.service_url", TRAFFIC, publisher || worker, "");
        all("apim.throttling.throttle_decision_endpoints", BROKER, !traffic);
        groups("apim.throttling.url_group", "traffic_manager_urls", "traffic_manager_auth_urls", !traffic);
        all("apim.throttling.event_duplicate_url", BROKER, false);
        eventHub(!traffic);
        one("apim.devportal.url", "api-devportal servlet", publisher, "/");
        one("apim.oauth_config.revoke_endpoint", MANAGER, portal, "");
        notification(manager);
        if ("true".equals(config.text("apim.analytics.enable", ""))) {
            one("apim.analytics.store_api_url", "analytics-worker store", true, "/");
            groups("apim.analytics.url_group", "analytics_url", "analytics_auth_url", true);
        }
        new Environments(config, links).collect(publisher, portal);
        if (publisher || portal) {
            loopback(profile);
        }
        if (worker && !stores.trustAsWritten) {
            links.add(Link.broken("transport.wss.sender.trust_store", "axis2.xml",
                "the truststore does not open with its password as it is written there"));
        }
    }

    /** At a login a portal calls its own server, under a name that none of its settings changes. */
    private void loopback(String profile) {
        boolean verified = !"AllowAll".equals(System.getProperty("httpclient.hostnameVerifier", "AllowAll"));
        links.add(Link.loopback("https://localhost:" + (9443 + config.offset()) + "/client-registration/v0.17/register",
            profile + " servlet", config.text("super_admin.username", ""), config.text("super_admin.password", ""), verified));
    }

    /** Without its own tables the event hub is looked for where throttling is. */
    private void eventHub(boolean needed) {
        boolean own = config.at("apim.event_hub.service_url") != null;
        if (own || config.at("apim.throttling.service_url") == null) {
            one("apim.event_hub.service_url", TRAFFIC, needed, "/internal/data/v1/keymanagers");
        } else {
            String url = config.text("apim.throttling.service_url", "").replaceFirst("/services/.*", "");
            add("apim.event_hub.service_url", url + "/internal/data/v1/keymanagers", TRAFFIC, "200", "apim.event_hub");
        }
        boolean listens = config.at("apim.throttling.throttle_decision_endpoints") == null;
        all("apim.event_hub.event_listening_endpoints", BROKER, needed && listens);
        boolean publishes = config.tables("apim.throttling.url_group").isEmpty();
        groups("apim.event_hub.publish.url_group", "urls", "auth_urls", needed && publishes);
    }

    private void notification(boolean needed) {
        String name = "event_listener.properties.notification_endpoint";
        boolean found = false;
        for (TomlTable listener : config.tables("event_listener")) {
            Object properties = listener.get("properties");
            if (!(properties instanceof TomlTable) || !((TomlTable) properties).containsKey("notification_endpoint")) {
                continue;
            }
            TomlTable table = (TomlTable) properties;
            found = true;
            if (table.containsKey("header.X-WSO2-KEY-MANAGER")) {
                links.add(new Link(name, config.carbon(String.valueOf(table.get("notification_endpoint"))), TRAFFIC, "200",
                    Environments.word(config, table, "username"), Environments.word(config, table, "password")));
            } else {
                links.add(Link.broken(name, String.valueOf(table.get("notification_endpoint")),
                    "beside it there is no 'header.X-WSO2-KEY-MANAGER', in quotes"));
            }
        }
        if (!found && needed) {
            missing(name);
        }
    }

    private void one(String key, String peer, boolean needed, String suffix) {
        String url = config.text(key, null);
        if (url != null) {
            add(key, url + suffix, peer, suffix.equals("/") ? "200|302" : "200", key.substring(0, key.lastIndexOf('.')));
        } else if (needed) {
            missing(key);
        }
    }

    private void all(String key, String peer, boolean needed) {
        List<String> urls = config.list(key);
        for (String url : urls) {
            add(key, url, peer, "", key.substring(0, key.lastIndexOf('.')));
        }
        if (urls.isEmpty() && needed) {
            missing(key);
        }
    }

    private void groups(String table, String plain, String secure, boolean needed) {
        List<TomlTable> groups = config.tables(table);
        for (TomlTable group : groups) {
            List<String> urls = config.texts(group.get(plain));
            List<String> auth = config.texts(group.get(secure));
            if (urls.isEmpty() || urls.size() != auth.size()) {
                links.add(Link.broken(table + "." + plain, String.join(",", urls),
                    "it has " + urls.size() + " " + plain + " and " + auth.size() + " " + secure + ": there must be as many"));
            }
            String owner = table.replaceFirst("^(apim\\.\\w+).*", "$1");
            String peer = owner.equals("apim.analytics") ? "analytics-worker receiver" : RECEIVER;
            urls.forEach(url -> add(table + "." + plain, url, peer, "", owner));
            auth.forEach(url -> add(table + "." + secure, url, peer, "", owner));
        }
        if (groups.isEmpty() && needed) {
            missing(table);
        }
    }

    /** The credentials stand in the table that names the peer, or are those of the administrator. */
    private void add(String name, String url, String peer, String statuses, String table) {
        links.add(new Link(name, url, peer, statuses,
            config.text(table + ".username", config.text("super_admin.username", "")),
            config.text(table + ".password", config.text("super_admin.password", ""))));
    }

    private void missing(String name) {
        links.add(Environments.missing(name));
    }

    /** Tries all of them once, a few at a time. Where handshakes are counted, none is a session that is taken up again. */
    void look() throws InterruptedException {
        SSLContext tls = handshakes.begin() ? stores.another() : stores.context;
        List<Callable<Void>> looks = new ArrayList<>();
        for (Link link : links) {
            looks.add(() -> {
                link.look(tls, handshakes);
                return null;
            });
        }
        workers.invokeAll(looks);
        handshakes.end();
    }

    String json() {
        return links.stream().map(Link::json).collect(Collectors.joining(",\n", "[", "]\n"));
    }
}
