package org.wso2.carbon.bootstrap;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** One peer that the configuration names: where it is, who it should be, and whether it is up. */
final class Link {
    private static final int TIMEOUT = 2000;
    private final String name;
    private final String url;
    private final String peer;
    private final String statuses;
    private final String user;
    private final String password;
    private boolean loopback;
    private boolean verified = true;
    private volatile String why = "not tried yet";

    /** The peer is `PROFILE KIND`, as it calls itself; the statuses are a pattern of what it may answer over HTTP. */
    Link(String name, String url, String peer, String statuses, String user, String password) {
        this.name = name;
        this.url = url;
        this.peer = peer;
        this.statuses = statuses;
        this.user = user;
        this.password = password;
    }

    /** A link that is down for good, by its configuration. */
    static Link broken(String name, String url, String why) {
        Link link = new Link(name, url, null, null, null, null);
        link.why = why;
        return link;
    }

    /** To the server itself, by the name localhost, whether or not the certificate bears it. */
    static Link loopback(String url, String peer, String user, String password, boolean verified) {
        Link link = new Link("loopback", url, peer, "200", user, password);
        link.loopback = true;
        link.verified = verified;
        return link;
    }

    /** Tries it once, within a few seconds. */
    void look(SSLContext tls, Handshakes told) {
        if (peer != null) {
            why = reach(tls, told);
        }
    }

    String json() {
        String now = why;
        return "{\"name\":" + Json.text(name) + ",\"url\":" + Json.text(url) + ",\"up\":" + (now == null)
            + (now == null ? "" : ",\"why\":" + Json.text(now)) + "}";
    }

    /** Null if the peer answers as it should, otherwise why not. */
    private String reach(SSLContext tls, Handshakes told) {
        try {
            URI uri = URI.create(url);
            String scheme = String.valueOf(uri.getScheme());
            boolean secure = scheme.equals("https") || scheme.equals("ssl") || scheme.equals("wss");
            if (uri.getHost() == null || !scheme.matches("https?|tcp|ssl|wss?")) {
                return "this is no URL of a peer";
            }
            if (uri.getHost().equals("localhost") && !loopback) {
                return "it turns to localhost";
            }
            boolean web = scheme.startsWith("http") || scheme.startsWith("ws");
            int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
            if (peer.endsWith(" broker") && password.matches(".*[@:/'%].*")) {
                return "the password holds one of @ : / ' %, which breaks the broker's URL";
            }
            try (Socket socket = connect(tls, uri.getHost(), port, secure, told)) {
                return web ? request(socket, uri) : hello(socket);
            }
        } catch (Exception e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    private Socket connect(SSLContext tls, String host, int port, boolean secure, Handshakes told) throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(new InetSocketAddress(host, port), TIMEOUT);
        } catch (IOException e) {
            plain.close();
            if (secure) {
                told.refused(url, e);
            }
            throw e;
        }
        long began = System.currentTimeMillis();
        try {
            plain.setSoTimeout(TIMEOUT);
            if (!secure) {
                return plain;
            }
            SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, host, port, true);
            if (verified) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
            }
            socket.startHandshake();
            told.made(System.currentTimeMillis() - began);
            return socket;
        } catch (IOException e) {
            plain.close();
            told.broken(url, e);
            throw e;
        }
    }

    private String hello(Socket socket) throws IOException {
        socket.getOutputStream().write(("HELLO " + user + " " + password + "\n").getBytes(StandardCharsets.UTF_8));
        BufferedReader in = reader(socket);
        String answer = in.readLine();
        return "OK".equals(answer) ? stranger(in.readLine()) : "answered " + answer;
    }

    private String request(Socket socket, URI uri) throws IOException {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String login = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        // A proxy in between passes a web socket on only if it is asked for as one.
        String connection = uri.getScheme().startsWith("ws")
            ? "Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
            : "close";
        String asked = "GET " + path + " HTTP/1.1\r\nHost: " + uri.getHost() + "\r\nConnection: " + connection
            + "\r\nAuthorization: Basic " + login + "\r\n\r\n";
        socket.getOutputStream().write(asked.getBytes(StandardCharsets.UTF_8));
        BufferedReader in = reader(socket);
        String first = in.readLine();
        String status = first == null ? "nothing" : first.replaceFirst("HTTP/\\S+ (\\d+).*", "$1");
        String self = null;
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("x-standin:")) {
                self = line.substring("x-standin:".length()).trim();
            }
        }
        if (first != null && self != null && stranger(self) != null) {
            return stranger(self);
        }
        return status.matches(statuses) ? stranger(self) : "answered " + status;
    }

    /** Another server than the wanted one may answer just as well: null if it is the right one. */
    private String stranger(String self) {
        return peer.equals(self) ? null : "this is " + self + ", not " + peer;
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }
}
