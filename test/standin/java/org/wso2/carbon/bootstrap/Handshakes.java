package org.wso2.carbon.bootstrap;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of the TLS handshakes with peers, while somebody asks for it: a folder with a file `until`, which holds a time.
 * A line for each second is added to a file of this node there, as JSON.
 */
final class Handshakes {
    private static final Path FOLDER = Paths.get("/var/lib/standin-load");
    private final String name;
    private final List<String> bad = new ArrayList<>();
    private boolean asked;
    private int made;
    private long slowest;

    Handshakes(String name) {
        this.name = name;
    }

    /** Whether this round is to be told; everything until `end` belongs to it. */
    synchronized boolean begin() {
        made = 0;
        slowest = 0;
        bad.clear();
        try {
            Path until = FOLDER.resolve("until");
            asked = Files.exists(until)
                && System.currentTimeMillis() < Long.parseLong(new String(Files.readAllBytes(until), StandardCharsets.US_ASCII).trim());
        } catch (IOException | NumberFormatException e) {
            asked = false;
        }
        return asked;
    }

    synchronized void made(long milliseconds) {
        made++;
        slowest = Math.max(slowest, milliseconds);
    }

    /** There is nobody at that port. */
    synchronized void refused(String url, Exception why) {
        tell("refused", url, why);
    }

    /** A peer that stops in the midst of it says nothing; one that does not want us, or whom we do not want, has a reason. */
    synchronized void broken(String url, Exception why) {
        boolean gone = false;
        for (Throwable each = why; each != null; each = each.getCause()) {
            gone |= each instanceof EOFException || each instanceof SocketException || each instanceof SocketTimeoutException;
        }
        tell(gone ? "closed" : "failed", url, why);
    }

    private void tell(String what, String url, Exception why) {
        bad.add("{\"at\":" + System.currentTimeMillis() + ",\"what\":\"" + what + "\",\"url\":" + Json.text(url) + ",\"why\":"
            + Json.text(why.getClass().getSimpleName() + ": " + why.getMessage()) + "}");
    }

    synchronized void end() {
        if (!asked) {
            return;
        }
        String line = "{\"at\":" + System.currentTimeMillis() + ",\"made\":" + made + ",\"slowest\":" + slowest + ",\"bad\":["
            + String.join(",", bad) + "]}\n";
        try {
            Files.write(FOLDER.resolve(name + ".jsonl"), line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        } catch (IOException e) {
            Log.error("org.wso2.carbon.bootstrap.Handshakes", "The handshakes cannot be told: " + e);
        }
    }
}
