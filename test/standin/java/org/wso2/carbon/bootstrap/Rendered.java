package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the product's configuration mapper makes of deployment.toml at every start: files written in place, by the umask
 * of the process, with every password as it stands there. Only `$secret{…}` stays unread.
 */
final class Rendered {
    private Rendered() {
    }

    static void write(Path home, Config config, String profile) throws IOException {
        Path conf = home.resolve("repository/conf");
        put(conf.resolve("user-mgt.xml"), under(config, "super_admin"));
        put(conf.resolve("datasources/master-datasources.xml"), under(config, "database"));
        List<String> stores = under(config, "keystore");
        stores.addAll(under(config, "truststore"));
        put(conf.resolve("carbon.xml"), stores);
        List<String> peers = under(config, "apim");
        peers.addAll(under(config, "super_admin"));
        put(conf.resolve("api-manager.xml"), peers);
        if (profile.equals("gateway-worker")) {
            put(conf.resolve("axis2/axis2.xml"), under(config, "truststore"));
            put(home.resolve("repository/deployment/server/synapse-configs/default/inbound-endpoints/SecureWebSocketInboundEndpoint.xml"),
                under(config, "keystore"));
        }
    }

    private static List<String> under(Config config, String path) {
        List<String> lines = new ArrayList<>();
        collect(path, config.written(path), lines);
        return lines;
    }

    private static void collect(String name, Object value, List<String> lines) {
        if (value instanceof TomlTable) {
            for (Map.Entry<String, Object> entry : ((TomlTable) value).entrySet()) {
                collect(name + "." + entry.getKey(), entry.getValue(), lines);
            }
        } else if (value instanceof TomlTable.Tables) {
            for (Object each : (TomlTable.Tables) value) {
                collect(name, each, lines);
            }
        } else if (value != null) {
            lines.add("<value name=\"" + name + "\">" + value + "</value>");
        }
    }

    private static void put(Path file, List<String> lines) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, lines, StandardCharsets.UTF_8);
    }
}
