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
    /** Holds the lock of the first start, until this server has started. */
    private Connection first;

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
        databases.firstStart();
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

    /**
     * The first server that starts with a database writes the administrator and the root of the registry, and is at it until
     * it has started. The product does not look whether another does the same: they trip over one another. Where that ends
     * well by chance, it is refused here. If the first one dies, the next may begin.
     */
    private void firstStart() throws Exception {
        Connection connection = connect("shared_db");
        if (rooted(connection)) {
            connection.close();
            return;
        }
        boolean mysql = connection.getMetaData().getURL().matches("jdbc:(mysql|mariadb):.*");
        String lock = mysql ? "SELECT GET_LOCK(CONCAT('standin first start of ', DATABASE()), 0)"
            : "SELECT CASE WHEN pg_try_advisory_lock(1937006958) THEN 1 ELSE 0 END";
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(lock)) {
            if (!rows.next() || rows.getInt(1) != 1) {
                throw new Refused("Duplicate entry '/' for REG_PATH: another server makes the first start with this shared_db at this moment");
            }
        }
        if (rooted(connection)) {
            connection.close();
            return;
        }
        Log.info("org.wso2.carbon.registry.core.jdbc.EmbeddedRegistryService", "Making the first start with an empty registry");
        first = connection;
    }

    /** The server has started: whoever comes now finds all that it wrote. */
    void started() throws SQLException {
        if (first == null) {
            return;
        }
        try (Statement statement = first.createStatement()) {
            statement.executeUpdate("INSERT INTO REG_PATH (REG_PATH_ID) VALUES (1)");
        }
        first.close();
        first = null;
    }

    private static boolean rooted(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM REG_PATH")) {
            return rows.next() && rows.getInt(1) > 0;
        }
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
