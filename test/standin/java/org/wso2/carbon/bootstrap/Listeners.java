package org.wso2.carbon.bootstrap;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** The ports of a profile. All are bound before any answers, so that a taken one stops the start. */
final class Listeners {
    private final String profile;
    private final Databases databases;
    private final SSLContext tls;
    private final int offset;
    private final List<HttpServer> web = new ArrayList<>();
    private final List<ServerSocket> plain = new ArrayList<>();
    private final ExecutorService workers = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger inFlight = new AtomicInteger();
    volatile boolean ready;
    volatile String links = "[]";
    String info = "{}";

    Listeners(String profile, Databases databases, SSLContext tls, int offset) {
        this.profile = profile;
        this.databases = databases;
        this.tls = tls;
        this.offset = offset;
    }

    void bind(boolean jmx) throws Exception {
        web(9443, true);
        web(9763, false);
        if (profile.equals("gateway-worker")) {
            web(8243, true);
            web(8280, false);
            hello(9099, false);
            hello(8099, true);
        }
        if (profile.equals("traffic-manager")) {
            hello(5672, false);
            hello(8672, true);
            hello(9611, false);
            hello(9711, true);
        }
        if (jmx) {
            hello(9999, false);
            hello(11111, false);
        }
    }

    void serve() {
        for (HttpServer server : web) {
            server.start();
        }
        for (ServerSocket socket : plain) {
            workers.execute(() -> accept(socket));
        }
    }

    /** Lets the requests in flight finish, for so many seconds at most, and takes no more. */
    void stop(int seconds) {
        long end = System.currentTimeMillis() + seconds * 1000L;
        while (inFlight.get() > 0 && System.currentTimeMillis() < end) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        for (HttpServer server : web) {
            server.stop(0);
        }
    }

    private void web(int port, boolean secure) throws Exception {
        InetSocketAddress address = new InetSocketAddress(port + offset);
        try {
            HttpServer server = secure ? HttpsServer.create(address, 50) : HttpServer.create(address, 50);
            if (secure) {
                ((HttpsServer) server).setHttpsConfigurator(new HttpsConfigurator(tls));
            }
            boolean apis = port == 8243 || port == 8280;
            server.createContext("/", exchange -> answer(exchange, apis));
            server.setExecutor(workers);
            web.add(server);
        } catch (IOException e) {
            throw new Refused("port " + (port + offset) + " is taken: " + e.getMessage());
        }
    }

    private void hello(int port, boolean secure) throws Exception {
        try {
            ServerSocket socket = secure ? tls.getServerSocketFactory().createServerSocket() : new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port + offset), 50);
            plain.add(socket);
        } catch (IOException e) {
            throw new Refused("port " + (port + offset) + " is taken: " + e.getMessage());
        }
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                workers.execute(() -> greet(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    /** `HELLO user password` is answered with OK or DENIED: the stand-in for broker and receiver protocols. */
    private void greet(Socket client) {
        try (Socket socket = client) {
            socket.setSoTimeout(5000);
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String line = in.readLine();
            String[] words = line == null ? new String[0] : line.split(" ");
            boolean known = words.length == 3 && words[0].equals("HELLO") && databases.accepts(words[1], words[2]);
            socket.getOutputStream().write((known ? "OK\n" : "DENIED\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // A client that leaves early is no concern of ours.
        }
    }

    private void answer(HttpExchange exchange, boolean apis) throws IOException {
        inFlight.incrementAndGet();
        try {
            answerTo(exchange, apis);
        } finally {
            inFlight.decrementAndGet();
        }
    }

    private void answerTo(HttpExchange exchange, boolean apis) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/standin/slow")) {
            String query = String.valueOf(exchange.getRequestURI().getQuery());
            try {
                Thread.sleep(Math.min(20_000, Long.parseLong(query.replaceAll("\\D", ""))));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            send(exchange, 200, "slow\n");
        } else if (path.equals("/standin/links")) {
            send(exchange, 200, links);
        } else if (path.equals("/standin/info")) {
            send(exchange, 200, info);
        } else if (!ready) {
            send(exchange, 503, "starting\n");
        } else if (apis) {
            send(exchange, 404, "{\"fault\":{\"code\":404}}\n");
        } else {
            send(exchange, status(exchange, path), path.equals("/services/Version") ? "<version>WSO2 API Manager-3.2.0</version>\n" : "\n");
        }
    }

    /** What the applications that the profile keeps answer: 404 for those of other profiles. */
    private int status(HttpExchange exchange, String path) {
        boolean manager = profile.equals("api-key-manager");
        boolean publisher = profile.equals("api-publisher");
        boolean portal = profile.equals("api-devportal");
        if (path.equals("/services/Version")) {
            return 200;
        }
        if (path.startsWith("/services")) {
            return guarded(exchange);
        }
        if (path.startsWith("/internal/data/v1/")) {
            return profile.equals("traffic-manager") || publisher || portal ? guarded(exchange) : 404;
        }
        if (path.equals("/carbon/admin/login.jsp")) {
            return manager || publisher || portal ? 200 : 404;
        }
        if (path.equals("/oauth2/revoke") || path.equals("/oauth2/token")) {
            return manager ? guarded(exchange) : 404;
        }
        if (path.startsWith("/publisher") || path.startsWith("/api/am/publisher/v1") || path.startsWith("/admin")) {
            return publisher ? 200 : 404;
        }
        if (path.startsWith("/devportal") || path.startsWith("/api/am/store/v1")) {
            return portal ? 200 : 404;
        }
        return 404;
    }

    private int guarded(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        if (header == null || !header.startsWith("Basic ")) {
            return 401;
        }
        String[] parts = new String(Base64.getDecoder().decode(header.substring(6)), StandardCharsets.UTF_8).split(":", 2);
        return parts.length == 2 && databases.accepts(parts[0], parts[1]) ? 200 : 401;
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
