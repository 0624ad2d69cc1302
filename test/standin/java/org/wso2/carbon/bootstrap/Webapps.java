package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Whether the applications on disk are those that the optimizer leaves for a profile: no more, no fewer. */
final class Webapps {
    private Webapps() {
    }

    static void check(Path home, String profile) throws Refused, IOException {
        Path table = home.resolve("repository/resources/conf/profiles.txt");
        for (String line : Files.readAllLines(table, StandardCharsets.UTF_8)) {
            if (line.startsWith(profile + " ")) {
                String apps = line.replaceFirst(".* webapps:", "").replaceFirst("jaggeryapps:.*", "").trim();
                String portals = line.replaceFirst(".* jaggeryapps:", "").trim();
                check(home.resolve("repository/deployment/server/webapps"), apps, profile);
                check(home.resolve("repository/deployment/server/jaggeryapps"), portals, profile);
                return;
            }
        }
        throw new Refused("the profile " + profile + " is not known");
    }

    private static void check(Path folder, String wanted, String profile) throws Refused, IOException {
        List<String> patterns = wanted.isEmpty() ? java.util.Collections.emptyList() : Arrays.asList(wanted.split("\\s+"));
        boolean[] met = new boolean[patterns.size()];
        if (!Files.isDirectory(folder)) {
            throw new Refused("there is no folder " + folder);
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
            for (Path path : found) {
                // Files beside the portals, such as package.json, belong to no profile.
                if (folder.endsWith("jaggeryapps") && !Files.isDirectory(path)) {
                    continue;
                }
                String name = path.getFileName().toString();
                boolean fits = false;
                for (int i = 0; i < patterns.size(); i++) {
                    if (name.matches(patterns.get(i).replace(".", "\\.").replace("*", ".*"))) {
                        met[i] = true;
                        fits = true;
                    }
                }
                if (!fits) {
                    throw new Refused(name + " does not belong to the profile " + profile + ": it was not optimized for it");
                }
            }
        }
        for (int i = 0; i < met.length; i++) {
            if (!met[i]) {
                throw new Refused("the profile " + profile + " lacks " + patterns.get(i) + ": it was optimized for another one");
            }
        }
    }
}
