package org.wso2.carbon.bootstrap;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** What is said over HTTP: the pages of the profile, and what the stand-in tells of itself under /standin/. */
final class Answers {
    private final String profile;
    private final Databases databases;
    final AtomicInteger inFlight = new AtomicInteger();
    volatile boolean ready;
    volatile Supplier<String> links = () -> "[]\n";
    volatile Supplier<String> info = () -> "{}\n";
    volatile Supplier<String> signing = () -> "{}\n";
    volatile String node = "";
    private final Set<String> sessions = ConcurrentHashMap.newKeySet();

    Answers(String profile, Databases databases) {
        this.profile = profile;
        this.databases = databases;
    }

    /** Answers one request that came to a port of this kind. */
    void give(HttpExchange exchange, String kind) throws IOException {
        inFlight.incrementAndGet();
        try {
            exchange.getResponseHeaders().set("X-Standin", profile + " " + kind);
            exchange.getResponseHeaders().set("X-Standin-Node", node);
            // Who answers before all has come has the connection reset, and a balancer in front says 502.
            byte[] part = new byte[8192];
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            boolean loaded = exchange.getRequestURI().getPath().equals("/load");
            for (int count = exchange.getRequestBody().read(part); count >= 0; count = exchange.getRequestBody().read(part)) {
                if (loaded) {
                    sent.write(part, 0, count);
                }
            }
            if (!own(exchange)) {
                page(exchange, kind, sent.toByteArray());
            }
        } finally {
            inFlight.decrementAndGet();
        }
    }

    private boolean own(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/standin/slow")) {
            String asked = String.valueOf(exchange.getRequestURI().getQuery()).replaceAll("\\D", "");
            try {
                Thread.sleep(asked.isEmpty() || asked.length() > 5 ? 1000 : Long.parseLong(asked));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            send(exchange, 200, "slow\n");
        } else if (path.equals("/standin/links")) {
            send(exchange, 200, links.get());
        } else if (path.equals("/standin/signing")) {
            send(exchange, 200, signing.get());
        } else if (path.equals("/standin/info")) {
            send(exchange, 200, info.get());
        } else if (path.equals("/standin/session")) {
            String session = session(exchange);
            send(exchange, 200, "{\"node\":" + Json.text(node) + ",\"known\":" + (session != null && sessions.contains(session)) + "}\n");
        }
        if (path.equals("/standin/roll")) {
            String asked = String.valueOf(exchange.getRequestURI().getQuery());
            Log.roll(asked.contains("by=day"));
            send(exchange, 200, "rolled\n");
        }
        return path.matches("/standin/(slow|links|info|signing|session|roll)");
    }

    private void page(HttpExchange exchange, String kind, byte[] sent) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (!ready) {
            send(exchange, 503, "starting\n");
        } else if (path.equals("/load")) {
            load(exchange, sent);
        } else if (kind.equals("pass-through")) {
            send(exchange, 404, "{\"fault\":{\"code\":404}}\n");
        } else {
            // As a servlet container does: a session of this node alone, for pages that people look at.
            if (path.matches("/(publisher|devportal|admin|carbon)(/.*)?") && session(exchange) == null) {
                String session = UUID.randomUUID().toString();
                sessions.add(session);
                exchange.getResponseHeaders().add("Set-Cookie", "JSESSIONID=" + session + "; Path=/; Secure; HttpOnly");
            }
            boolean version = path.equals("/services/Version");
            send(exchange, Pages.status(profile, path, known(exchange)), version ? "<version>WSO2 API Manager-3.2.0</version>\n" : "\n");
        }
    }

    /** For those who send many requests: what was sent comes back, after so many milliseconds; in answer to GET, so many letters. */
    private static void load(HttpExchange exchange, byte[] sent) throws IOException {
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        try {
            Thread.sleep(number(query, "ms"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        byte[] letters = sent;
        if (exchange.getRequestMethod().equals("GET")) {
            letters = new byte[number(query, "letters")];
            java.util.Arrays.fill(letters, (byte) 'x');
        }
        send(exchange, 200, letters);
    }

    private static int number(String query, String key) {
        String found = query.replaceAll("(^|.*&)" + key + "=(\\d{1,5})(&.*|$)", "$2");
        return found.matches("\\d{1,5}") ? Integer.parseInt(found) : 0;
    }

    private static String session(HttpExchange exchange) {
        for (String header : exchange.getRequestHeaders().getOrDefault("Cookie", java.util.Collections.emptyList())) {
            for (String each : header.split("; *")) {
                if (each.startsWith("JSESSIONID=")) {
                    return each.substring("JSESSIONID=".length());
                }
            }
        }
        return null;
    }

    private boolean known(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        if (header == null || !header.startsWith("Basic ")) {
            return false;
        }
        try {
            String[] parts = new String(Base64.getDecoder().decode(header.substring(6)), StandardCharsets.UTF_8).split(":", 2);
            return parts.length == 2 && databases.accepts(parts[0], parts[1]);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        send(exchange, status, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        // By 0 the server understands a length that is not known.
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
