package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/** Appends to wso2carbon.log, in the form of the product's lines. */
final class Log {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss,SSS");
    private static Path file;

    private Log() {
    }

    static void open(Path home) throws IOException {
        file = home.resolve("repository/logs/wso2carbon.log");
        Files.createDirectories(file.getParent());
    }

    static void info(String from, String text) {
        write(" INFO", from, text);
    }

    static void error(String from, String text) {
        write("ERROR", from, text);
    }

    private static synchronized void write(String level, String from, String text) {
        String line = "TID: [-1234] [] [" + TIME.format(LocalDateTime.now()) + "] " + level + " {" + from + "} - "
            + text.replaceAll("\\s*\\R\\s*", " | ") + "\n";
        try {
            Files.write(file, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            System.err.print(line);
        }
    }
}
