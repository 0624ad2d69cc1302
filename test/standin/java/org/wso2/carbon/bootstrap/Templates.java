package org.wso2.carbon.bootstrap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/** What the templates make of values: they escape nothing, so some values break the files that are made of them. */
final class Templates {
    private static final String[] IN_XML = {"apim.key_manager.username", "apim.key_manager.password", "apim.analytics.username",
        "apim.analytics.password", "apim.jwt.claim_dialect"};

    private Templates() {
    }

    /** `written` has references where there are secrets, as the files have; `config` has the secrets themselves. */
    static void check(TomlTable written, Config config) throws Refused {
        interpreted("", written);
        for (String path : IN_XML) {
            wellFormed(path, References.at(written, path));
        }
        Object environments = References.at(written, "apim.gateway.environment");
        if (environments instanceof TomlTable.Tables) {
            for (Object each : (TomlTable.Tables) environments) {
                wellFormed("apim.gateway.environment.description", ((TomlTable) each).get("description"));
            }
        }
        brokerUrl(config.text("super_admin.username", ""), config.text("super_admin.password", ""));
    }

    /** The templates are made by Jinja, which finds its own words in values, too. */
    private static void interpreted(String path, Object value) throws Refused {
        if (value instanceof Map) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                interpreted(path.isEmpty() ? String.valueOf(entry.getKey()) : path + "." + entry.getKey(), entry.getValue());
            }
        } else if (value instanceof Collection) {
            for (Object each : (Collection<?>) value) {
                interpreted(path, each);
            }
        } else if (value instanceof String && ((String) value).matches("(?s).*\\{[{%].*")) {
            throw new Refused("the templates interpret the value of " + path);
        }
    }

    private static void wellFormed(String path, Object value) throws Refused {
        try {
            javax.xml.parsers.DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
            builder.setErrorHandler(new DefaultHandler());
            builder.parse(new InputSource(new StringReader("<APIManager><value>" + value + "</value></APIManager>")));
        } catch (SAXException | IOException | ParserConfigurationException e) {
            throw new Refused("api-manager.xml is not well-formed: " + path + ": " + e.getMessage());
        }
    }

    /** The URL of a broker in jndi.properties: read as ISO 8859-1, with `$$` for `$`, and then parsed. */
    private static void brokerUrl(String user, String password) throws Refused {
        String line = "url = amqp://" + user + ":" + password + "@clientid/carbon?brokerlist='tcp://127.0.0.1:5672'";
        try {
            Properties properties = new Properties();
            properties.load(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)));
            String url = properties.getProperty("url", "").replace("$$", "$");
            if (!(user + ":" + password).equals(new URI(url).getUserInfo())) {
                throw new Refused("jndi.properties: the broker would see another administrator");
            }
        } catch (URISyntaxException | IOException | IllegalArgumentException e) {
            throw new Refused("jndi.properties: the URL of the broker cannot be parsed");
        }
    }
}
