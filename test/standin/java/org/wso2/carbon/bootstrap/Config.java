package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What deployment.toml says, with references filled in where the product fills them in. */
final class Config {
    private static final Pattern REFERENCE = Pattern.compile("\\$ref\\{([^}]+)}");
    private final Map<String, Object> root;

    private Config(Map<String, Object> root) {
        this.root = root;
    }

    static Config read(Path home, String profile) throws Refused, IOException {
        Path file = home.resolve("repository/conf/deployment.toml");
        Toml toml = Toml.parse(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        int group = toml.headers.indexOf("[[apim.throttling.url_group");
        int parent = toml.headers.indexOf("[apim.throttling");
        if (group >= 0 && parent > group) {
            throw new Refused("[apim.throttling] must stand before [[apim.throttling.url_group]]");
        }
        Config config = new Config(toml.root());
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
        return config;
    }

    /** The value at a dotted path, or null. */
    Object at(String path) {
        Object value = root;
        for (String part : path.split("\\.")) {
            value = value instanceof Map ? ((Map<?, ?>) value).get(part) : null;
        }
        return value;
    }

    String need(String path) throws Refused {
        String value = text(path, null);
        if (value == null || value.isEmpty()) {
            throw new Refused("deployment.toml lacks " + path);
        }
        return value;
    }

    /** A text, its references resolved; an unresolvable one stops the start. */
    String text(String path, String otherwise) throws Refused {
        Object value = at(path);
        return value == null ? otherwise : resolve(String.valueOf(value));
    }

    private String resolve(String value) throws Refused {
        Matcher found = REFERENCE.matcher(value);
        StringBuffer out = new StringBuffer();
        while (found.find()) {
            Object target = at(found.group(1));
            if (target == null) {
                throw new Refused("the reference " + found.group() + " leads nowhere");
            }
            found.appendReplacement(out, Matcher.quoteReplacement(String.valueOf(target)));
        }
        return carbon(found.appendTail(out).toString());
    }

    /** Placeholders that the server itself fills in, everywhere. */
    String carbon(String value) throws Refused {
        return value
            .replace("${admin.username}", String.valueOf(at("super_admin.username")))
            .replace("${admin.password}", String.valueOf(at("super_admin.password")))
            .replace("${mgt.transport.https.port}", String.valueOf(9443 + offset()));
    }

    int offset() {
        Object value = at("server.offset");
        return value == null ? 0 : Integer.parseInt(String.valueOf(value));
    }

    List<String> list(String path) throws Refused {
        Object value = at(path);
        List<String> found = new ArrayList<>();
        if (value instanceof List) {
            for (Object each : (List<?>) value) {
                found.add(resolve(String.valueOf(each)));
            }
        }
        return found;
    }

    /** The elements of an array of tables. In them references are not resolved. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> tables(String path) {
        Object value = at(path);
        return value instanceof List ? (List<Map<String, Object>>) value : Collections.emptyList();
    }
}
