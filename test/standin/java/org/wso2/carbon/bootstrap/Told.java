package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Properties;

/** What a test tells this server: `KEY=…` for all, or `PROFILE.KEY=…` for one profile, which wins. */
final class Told {
    private final Properties all = new Properties();
    private final String profile;

    private Told(String profile) {
        this.profile = profile;
    }

    static Told read(String profile) throws IOException {
        Told told = new Told(profile);
        Path file = Paths.get(System.getProperty("standin.properties", "/etc/standin.properties"));
        if (Files.isReadable(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                told.all.load(in);
            }
        }
        return told;
    }

    String text(String key, String otherwise) {
        return all.getProperty(profile + "." + key, all.getProperty(key, otherwise)).trim();
    }

    double seconds(String key, double otherwise) {
        return Double.parseDouble(text(key, String.valueOf(otherwise)));
    }
}
