package org.wso2.carbon.bootstrap;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.UUID;

/** Reaches each database through the driver in components/lib, with the configured user, and reads its tables. */
final class Databases {
    private final Path home;
    private final Config config;
    private final URLClassLoader drivers;
    private String salt;
    private String hash;

    private Databases(Path home, Config config, URLClassLoader drivers) {
        this.home = home;
        this.config = config;
        this.drivers = drivers;
    }

    static Databases open(Path home, Config config, String profile) throws Exception {
        List<URL> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(home.resolve("repository/components/lib"), "*.jar")) {
            for (Path jar : found) {
                jars.add(jar.toUri().toURL());
            }
        }
        Databases databases = new Databases(home, config, new URLClassLoader(jars.toArray(new URL[0])));
        databases.check("shared_db", "REG_CLUSTER_LOCK", "REG_RESOURCE", "UM_TENANT", "UM_USER");
        if (!profile.equals("gateway-worker")) {
            databases.check("apim_db", "IDN_BASE_TABLE", "IDN_OAUTH2_ACCESS_TOKEN", "AM_API", "AM_SUBSCRIBER");
        }
        databases.administrator();
        return databases;
    }

    private void check(String name, String... tables) throws Exception {
        try (Connection connection = connect(name); Statement statement = connection.createStatement()) {
            for (String table : tables) {
                try (ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
                    rows.next();
                } catch (SQLException e) {
                    throw new Refused("the database " + name + " lacks the table " + table + ": " + e.getMessage());
                }
            }
        }
    }

    private Connection connect(String name) throws Exception {
        String table = "database." + name;
        String url = url(table);
        String className = config.text(table + ".driver", inferred(url));
        Driver driver;
        try {
            driver = (Driver) Class.forName(className, true, drivers).getDeclaredConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw new Refused("no jar in " + home.resolve("repository/components/lib") + " has the driver " + className);
        }
        Properties login = new Properties();
        login.setProperty("user", plain(table + ".username"));
        login.setProperty("password", plain(table + ".password"));
        login.setProperty("connectTimeout", url.startsWith("jdbc:postgresql:") ? "5" : "5000");
        try {
            Connection connection = driver.connect(url, login);
            if (connection == null) {
                throw new Refused("the driver " + className + " does not take the URL " + url);
            }
            return connection;
        } catch (SQLException e) {
            throw new Refused("the database " + name + " cannot be reached by " + url + ": " + e.getMessage());
        }
    }

    private String url(String table) throws Refused {
        if (config.at(table + ".url") != null) {
            return plain(table + ".url");
        }
        String type = config.need(table + ".type");
        if (!type.equals("mysql") && !type.equals("postgre")) {
            throw new Refused(table + ".type is " + type + ", for which the stand-in infers no URL: mysql and postgre are known");
        }
        boolean mysql = type.equals("mysql");
        return "jdbc:" + (mysql ? type : "postgresql") + "://" + plain(table + ".hostname") + ":"
            + config.text(table + ".port", mysql ? "3306" : "5432") + "/" + plain(table + ".name");
    }

    private static String inferred(String url) {
        return url.startsWith("jdbc:postgresql:") ? "org.postgresql.Driver" : "com.mysql.jdbc.Driver";
    }

    /** The templates put values into XML as they stand, so `&` and `<` must have been written as `&amp;` and `&lt;`. */
    private String plain(String key) throws Refused {
        String value = config.need(key);
        if (value.matches("(?s).*(<|&(?!amp;|lt;|gt;|quot;|apos;)).*")) {
            throw new Refused(key + " holds & or < as it stands; the templates need &amp; and &lt;");
        }
        return unescape(value);
    }

    private static String unescape(String text) {
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&");
    }

    /** The first start on an empty database writes the administrator; later ones find whoever was written. */
    private void administrator() throws Exception {
        String name = config.need("super_admin.username");
        try (Connection connection = connect("shared_db")) {
            if (find(connection, name)) {
                return;
            }
            if (anybody(connection)) {
                Log.error("org.wso2.carbon.user.core.common.DefaultRealm", "There is no user " + name + ", but there are others");
                return;
            }
            if (!"true".equals(config.text("super_admin.create_admin_account", "true"))) {
                throw new Refused("there is no user at all, and super_admin.create_admin_account is not true");
            }
            String fresh = UUID.randomUUID().toString().substring(0, 8);
            try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO UM_USER (UM_ID, UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_SALT_VALUE, UM_CHANGED_TIME) VALUES (1, ?, ?, ?, ?, ?)")) {
                insert.setString(1, UUID.randomUUID().toString());
                insert.setString(2, name);
                insert.setString(3, digest(fresh, config.need("super_admin.password")));
                insert.setString(4, fresh);
                insert.setTimestamp(5, new Timestamp(System.currentTimeMillis()));
                insert.executeUpdate();
            } catch (SQLException e) {
                throw new Refused("the administrator could not be written, perhaps because another server did so: " + e.getMessage());
            }
            find(connection, name);
        }
    }

    private static boolean anybody(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM UM_USER")) {
            return rows.next() && rows.getInt(1) > 0;
        }
    }

    private boolean find(Connection connection, String name) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
            "SELECT UM_USER_PASSWORD, UM_SALT_VALUE FROM UM_USER WHERE UM_USER_NAME = ?")) {
            query.setString(1, name);
            try (ResultSet rows = query.executeQuery()) {
                if (!rows.next()) {
                    return false;
                }
                hash = rows.getString(1);
                salt = rows.getString(2);
                return true;
            }
        }
    }

    /** Whether these are the credentials in the database: those in the configuration do not count. */
    boolean accepts(String user, String password) {
        try {
            return hash != null && user.equals(config.need("super_admin.username")) && digest(salt, password).equals(hash);
        } catch (Exception e) {
            return false;
        }
    }

    private static String digest(String salt, String password) throws Exception {
        byte[] sum = MessageDigest.getInstance("SHA-256").digest((salt + password).getBytes(StandardCharsets.UTF_8));
        return Base64.getEncoder().encodeToString(sum);
    }
}
