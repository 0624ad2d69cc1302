package org.wso2.carbon.bootstrap;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;

/** The opening handshake of a web socket (RFC 6455, section 4.2); then whatever comes is sent back line by line. */
final class WebSocket {
    private static final String WORD = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private WebSocket() {
    }

    static void answer(Socket socket, BufferedReader in, String self, String node, boolean ready) throws IOException {
        String key = null;
        boolean upgrade = false;
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("sec-websocket-key:")) {
                key = line.substring(line.indexOf(':') + 1).trim();
            }
            upgrade |= lower.startsWith("upgrade:") && lower.contains("websocket");
        }
        if (!ready || key == null || !upgrade) {
            String status = ready ? "400 Bad Request" : "503 Service Unavailable";
            write(socket, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\nX-Standin: " + self + "\r\n\r\n");
            return;
        }
        write(socket, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + accept(key) + "\r\nX-Standin: " + self + "\r\nX-Standin-Node: " + node + "\r\n\r\n");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            write(socket, line + "\n");
        }
    }

    private static String accept(String key) throws IOException {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-1").digest((key + WORD).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(sum);
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }
}
