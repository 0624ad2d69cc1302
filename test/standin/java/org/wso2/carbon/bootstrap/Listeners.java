package org.wso2.carbon.bootstrap;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** The ports of a profile. All are bound before any answers, so that a taken one stops the start. */
final class Listeners {
    private final String profile;
    private final Databases databases;
    private final SSLContext tls;
    private final SSLContext webSockets;
    private final int offset;
    private final List<HttpServer> web = new ArrayList<>();
    private final Map<ServerSocket, String> plain = new LinkedHashMap<>();
    private final ExecutorService workers = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });
    final Answers answers;

    /** Without a context for secure web sockets their port stays closed, and the server lives on. */
    Listeners(String profile, Databases databases, SSLContext tls, SSLContext webSockets, int offset) {
        this.profile = profile;
        this.databases = databases;
        this.tls = tls;
        this.webSockets = webSockets;
        this.offset = offset;
        this.answers = new Answers(profile, databases);
    }

    void bind(boolean jmx) throws Refused {
        web(9443, true, "servlet");
        web(9763, false, "servlet");
        if (profile.equals("gateway-worker")) {
            web(8243, true, "pass-through");
            web(8280, false, "pass-through");
            hello(9099, null, "web socket");
            if (webSockets != null) {
                hello(8099, webSockets, "web socket");
            }
        }
        if (profile.equals("traffic-manager")) {
            hello(5672, null, "broker");
            hello(8672, tls, "broker");
            hello(9611, null, "receiver");
            hello(9711, tls, "receiver");
        }
        if (jmx) {
            hello(9999, null, "jmx");
            hello(11111, null, "jmx");
        }
    }

    void serve() {
        web.forEach(HttpServer::start);
        plain.forEach((socket, kind) -> workers.execute(() -> accept(socket, kind)));
    }

    /** Takes no more, and lets the requests in flight finish, for so many seconds at most. */
    void stop(int seconds) throws InterruptedException, IOException {
        for (ServerSocket socket : plain.keySet()) {
            socket.close();
        }
        for (HttpServer server : web) {
            // It closes its port at once, and then waits all the seconds even if there is nothing to wait for.
            workers.execute(() -> server.stop(seconds));
        }
        long end = System.currentTimeMillis() + seconds * 1000L;
        do {
            Thread.sleep(50);
        } while (answers.inFlight.get() > 0 && System.currentTimeMillis() < end);
    }

    private void web(int number, boolean secure, String kind) throws Refused {
        int port = number + offset;
        try {
            InetSocketAddress address = new InetSocketAddress(port);
            HttpServer server = secure ? HttpsServer.create(address, 50) : HttpServer.create(address, 50);
            if (secure) {
                ((HttpsServer) server).setHttpsConfigurator(new HttpsConfigurator(tls));
            }
            server.createContext("/", exchange -> answers.give(exchange, kind));
            server.setExecutor(workers);
            web.add(server);
        } catch (IOException | IllegalArgumentException e) {
            throw new Refused("port " + port + " is taken: " + e.getMessage());
        }
    }

    private void hello(int number, SSLContext secure, String kind) throws Refused {
        int port = number + offset;
        try {
            ServerSocket socket = secure != null ? secure.getServerSocketFactory().createServerSocket() : new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port), 50);
            plain.put(socket, kind);
        } catch (IOException | IllegalArgumentException e) {
            throw new Refused("port " + port + " is taken: " + e.getMessage());
        }
    }

    private void accept(ServerSocket socket, String kind) {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                workers.execute(() -> greet(client, kind));
            } catch (IOException e) {
                // One client that went away is no reason to turn away the next.
                Thread.yield();
            }
        }
    }

    /**
     * `HELLO user password` is answered with OK and who this is, or DENIED: it stands for broker and receiver protocols. To
     * `LISTEN` a broker says the same, and keeps the connection.
     */
    private void greet(Socket client, String kind) {
        try (Socket socket = client) {
            socket.setSoTimeout(5000);
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String line = in.readLine();
            if (line != null && line.startsWith("GET ") && kind.equals("web socket")) {
                WebSocket.answer(socket, in, profile + " " + kind, answers.node, answers.ready);
                return;
            }
            String[] words = line == null ? new String[] {""} : line.split(" ", 3);
            boolean listens = words[0].equals("LISTEN") && kind.equals("broker");
            boolean known = words.length == 3 && (listens || words[0].equals("HELLO")) && databases.accepts(words[1], words[2]);
            String answer = !answers.ready ? "STARTING\n" : known ? "OK\n" + profile + " " + kind + "\n" : "DENIED\n";
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
            if (listens && answer.startsWith("OK")) {
                socket.setSoTimeout(0);
                in.readLine();
            }
        } catch (IOException e) {
            // A client that leaves early is no concern of ours.
        }
    }
}
