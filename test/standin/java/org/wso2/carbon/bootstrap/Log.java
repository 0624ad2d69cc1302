package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/** Appends to wso2carbon.log, in the form of the product's lines. */
final class Log {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss,SSS");
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("MM-dd-yyyy");
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

    /**
     * As log4j2 does it: at midnight the file gets the name of the day that ended, at 10 MB that of today, in the place
     * of what was rolled earlier that day. A long first line makes the new file longer than the old one was.
     */
    static synchronized void roll(boolean byDay) throws IOException {
        LocalDate day = byDay ? LocalDate.now().minusDays(1) : LocalDate.now();
        long size = Files.size(file);
        Files.move(file, file.resolveSibling("wso2carbon-" + DAY.format(day) + ".log"), StandardCopyOption.REPLACE_EXISTING);
        char[] filler = new char[byDay ? 1 : (int) size];
        Arrays.fill(filler, 'x');
        info("org.wso2.carbon.bootstrap.Log", "The log was rolled " + new String(filler));
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
