package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What deployment.toml says, with references filled in where the product fills them in. */
final class Config {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]+)}");
    private final TomlTable root;
    private final TomlTable written;
    private final int offset;
    private final Map<String, String> placeholders = new HashMap<>();

    private Config(TomlTable root, TomlTable written, Path home) throws Refused {
        this.root = root;
        this.written = written;
        String shift = System.getProperty("portOffset", String.valueOf(or(at("server.offset"), "0")));
        if (!shift.matches("\\d{1,5}")) {
            throw new Refused("server.offset is no number: " + shift);
        }
        this.offset = Integer.parseInt(shift);
        placeholders.put("admin.username", String.valueOf(at("super_admin.username")));
        placeholders.put("admin.password", String.valueOf(at("super_admin.password")));
        placeholders.put("carbon.home", home.toString());
        placeholders.put("carbon.local.ip", String.valueOf(at("server.node_ip")));
        placeholders.put("carbon.host", String.valueOf(at("server.hostname")));
        placeholders.put("carbon.protocol", "https");
        port("mgt.transport.https.port", 9443);
        port("carbon.management.port", 9443);
        port("https.nio.port", 8243);
        port("http.nio.port", 8280);
        port("jms.port", 5672);
        port("receiver.url.port", 9611);
        port("auth.url.port", 9711);
    }

    static Config read(Path home, String profile) throws Refused, IOException {
        Path file = home.resolve("repository/conf/deployment.toml");
        Toml toml = Toml.read(file);
        int group = toml.headers.indexOf("[[apim.throttling.url_group");
        int parent = toml.headers.indexOf("[apim.throttling");
        if (group >= 0 && parent > group) {
            throw new Refused("[apim.throttling] must stand before [[apim.throttling.url_group]]");
        }
        int secrets = toml.headers.indexOf("[secrets");
        if (secrets >= 0 && secrets != toml.headers.size() - 1) {
            throw new Refused("[secrets] must stand at the very end");
        }
        References.resolve(toml.root, new Vault(home));
        Toml written = Toml.read(file);
        References.resolve(written.root, null);
        Config config = new Config(toml.root, written.root, home);
        for (String key : new String[] {"server.node_ip", "server.hostname", "super_admin.username", "super_admin.password",
            "database.shared_db.username", "keystore.primary.file_name", "keystore.tls.file_name", "truststore.file_name"}) {
            config.need(key);
        }
        if (!profile.equals("gateway-worker")) {
            config.need("database.apim_db.username");
        }
        if (!profile.equals(config.text("server.server_role", ""))) {
            throw new Refused("server_role is " + config.text("server.server_role", "missing") + ", but the profile is " + profile);
        }
        if (!config.text("user_store.type", "").equals("database_unique_id")) {
            throw new Refused("user_store.type must be database_unique_id: UM_USER_ID may not be null");
        }
        Templates.check(written.root, config);
        if ((profile.equals("api-key-manager") || profile.equals("api-devportal")) && !config.signsUp()) {
            throw new Refused("the event_handler userPostSelfRegistration is missing: who signs up gets no Internal/subscriber");
        }
        return config;
    }

    /** The value at a dotted path of plain tables, or null. */
    Object at(String path) {
        return References.at(root, path);
    }

    /** The same, with `$secret{…}` as it is written: what those get who do not ask the vault. */
    Object written(String path) {
        return References.at(written, path);
    }

    String need(String path) throws Refused {
        String value = text(path, null);
        if (value == null || value.isEmpty()) {
            throw new Refused("deployment.toml lacks " + path);
        }
        return value;
    }

    String text(String path, String otherwise) {
        Object value = at(path);
        return value == null ? otherwise : carbon(String.valueOf(value));
    }

    /** Fills in the placeholders that the server itself fills in, everywhere; those it does not know stay. */
    String carbon(String value) {
        Matcher found = PLACEHOLDER.matcher(value);
        StringBuffer out = new StringBuffer();
        while (found.find()) {
            String with = placeholders.getOrDefault(found.group(1), found.group());
            found.appendReplacement(out, Matcher.quoteReplacement(with));
        }
        return found.appendTail(out).toString();
    }

    int offset() {
        return offset;
    }

    List<String> list(String path) {
        return texts(at(path));
    }

    /** The texts of an array, as the server reads them; of anything else, none. */
    List<String> texts(Object value) {
        List<String> found = new ArrayList<>();
        if (value instanceof List) {
            for (Object each : (List<?>) value) {
                found.add(carbon(String.valueOf(each)));
            }
        }
        return found;
    }

    /** The elements of an array of tables. In them references are not resolved. */
    List<TomlTable> tables(String path) {
        Object value = at(path);
        if (!(value instanceof TomlTable.Tables)) {
            return Collections.emptyList();
        }
        List<TomlTable> found = new ArrayList<>();
        for (Object each : (TomlTable.Tables) value) {
            found.add((TomlTable) each);
        }
        return found;
    }

    private boolean signsUp() {
        return tables("event_handler").stream().anyMatch(handler ->
            "userPostSelfRegistration".equals(handler.get("name")) && texts(handler.get("subscriptions")).contains("POST_ADD_USER"));
    }

    private void port(String name, int number) {
        placeholders.put(name, String.valueOf(number + offset));
    }

    private static Object or(Object value, Object otherwise) {
        return value == null ? otherwise : value;
    }
}
