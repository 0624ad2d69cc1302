package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Opens the keystores that the configuration names, and finds fault with them. */
final class Stores {
    private final Path folder;
    private final Config config;
    SSLContext context;
    private KeyManagerFactory keys;
    private TrustManagerFactory trusted;
    /** For secure web sockets at a gateway; null if the passwords do not open the keystore as they are written. */
    SSLContext webSockets;
    /** Whether the truststore opens with its password as it is written: who sends to wss:// does not ask the vault. */
    boolean trustAsWritten;
    X509Certificate certificate;
    Signing signing;

    private Stores(Path home, Config config) {
        this.folder = home.resolve("repository/resources/security");
        this.config = config;
    }

    static Stores open(Path home, Config config, String profile, Told told) throws Exception {
        Stores stores = new Stores(home, config);
        KeyStore primary = stores.keystore("keystore.primary");
        String internal = config.at("keystore.internal") == null ? "keystore.primary" : "keystore.internal";
        KeyStore reader = internal.equals("keystore.primary") ? primary : stores.keystore(internal);
        KeyStore tls = stores.keystore("keystore.tls");
        KeyStore trust = stores.truststore();
        stores.serve(tls, trust, "starts".equals(told.text("ended.certificate", "")));
        if (profile.equals("gateway-worker")) {
            stores.serveWebSockets();
            Certificate signer = primary.getCertificate(config.need("keystore.primary.alias"));
            // API keys tell its alias: that of old, or the one that the developer portal is told to write into them.
            if (!signer.equals(trust.getCertificate("gateway_certificate_alias"))
                && !signer.equals(trust.getCertificate(config.need("keystore.primary.alias")))) {
                throw new Refused("the truststore lacks the certificate that signs tokens, as gateway_certificate_alias");
            }
        }
        stores.signing = new Signing(home, config, primary, trust, reader, internal);
        return stores;
    }

    /**
     * The certificate that is shown to others must be for this host, in time, and trusted by this very node. The product starts
     * with one that has ended as well; this server does so if it is told to, for it would be our fault otherwise.
     */
    private void serve(KeyStore tls, KeyStore trust, boolean ended) throws Exception {
        String alias = config.need("keystore.tls.alias");
        certificate = (X509Certificate) tls.getCertificate(alias);
        boolean timely = true;
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException e) {
            timely = false;
            if (!ended) {
                throw new Refused("the TLS certificate is not valid now: " + e.getMessage());
            }
        } catch (CertificateException e) {
            throw new Refused("the TLS certificate is not valid now: " + e.getMessage());
        }
        String hostname = config.need("server.hostname");
        if (!Names.cover(certificate, hostname)) {
            throw new Refused("the TLS certificate is for " + Names.of(certificate) + ", not for server.hostname " + hostname);
        }
        trusted = TrustManagerFactory.getInstance("PKIX");
        X509Certificate[] chain = Arrays.stream(tls.getCertificateChain(alias)).toArray(X509Certificate[]::new);
        try {
            trusted.init(trust);
            for (TrustManager manager : trusted.getTrustManagers()) {
                if (timely) {
                    ((X509TrustManager) manager).checkServerTrusted(chain, "UNKNOWN");
                }
            }
        } catch (Exception e) {
            throw new Refused("the truststore does not trust the TLS certificate of this very node: " + e.getMessage());
        }
        char[] word = config.need("keystore.tls.key_password").toCharArray();
        KeyStore alone = KeyStore.getInstance("JKS");
        alone.load(null, word);
        alone.setKeyEntry(alias, tls.getKey(alias, word), word, chain);
        keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(alone, word);
        context = another();
    }

    /** Another with the same keys and the same trust, which remembers no session. */
    SSLContext another() {
        try {
            SSLContext made = SSLContext.getInstance("TLS");
            made.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
            return made;
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As the product's endpoint does: it takes its passwords as text. */
    private void serveWebSockets() throws Exception {
        char[] word = text("keystore.tls.password");
        try {
            KeyStore store = KeyStore.getInstance("JKS");
            try (InputStream in = Files.newInputStream(folder.resolve(config.need("keystore.tls.file_name")))) {
                store.load(in, word);
            }
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, text("keystore.tls.key_password"));
            webSockets = SSLContext.getInstance("TLS");
            webSockets.init(keys.getKeyManagers(), null, null);
        } catch (IOException | java.security.GeneralSecurityException e) {
            webSockets = null;
            Log.error("org.wso2.carbon.inbound.endpoint.protocol.websocket.ssl.InboundWebsocketSSLHandler",
                "SecureWebSocketEP cannot listen: " + e.getMessage());
        }
        try (InputStream in = Files.newInputStream(folder.resolve(config.need("truststore.file_name")))) {
            KeyStore.getInstance("JKS").load(in, text("truststore.password"));
            trustAsWritten = true;
        } catch (IOException e) {
            trustAsWritten = false;
        }
    }

    private char[] text(String path) {
        return String.valueOf(config.written(path)).toCharArray();
    }

    private KeyStore truststore() throws Exception {
        KeyStore trust = load("truststore");
        // As Carbon does at its start: drivers that verify a database server look there.
        System.setProperty("javax.net.ssl.trustStore", folder.resolve(config.need("truststore.file_name")).toString());
        System.setProperty("javax.net.ssl.trustStorePassword", config.need("truststore.password"));
        for (String alias : Collections.list(trust.aliases())) {
            if (Names.shipped(trust.getCertificate(alias))) {
                throw new Refused("the truststore still holds the shipped certificate for CN=localhost (alias " + alias + ")");
            }
        }
        return trust;
    }

    private KeyStore keystore(String table) throws Exception {
        KeyStore store = load(table);
        String alias = config.need(table + ".alias");
        String word = config.need(table + ".key_password");
        Key key;
        try {
            key = store.getKey(alias, word.toCharArray());
        } catch (Exception e) {
            throw new Refused(table + ": the key_password does not open the key " + alias);
        }
        if (key == null) {
            throw new Refused(table + ": there is no key " + alias);
        }
        if (!word.equals(config.need(table + ".password"))) {
            throw new Refused(table + ": password and key_password must be equal");
        }
        if (Names.shipped(store.getCertificate(alias))) {
            throw new Refused(table + ": this is the shipped key for CN=localhost, whose private half is public");
        }
        if (!Names.pair(key, store.getCertificate(alias))) {
            throw new Refused(table + ": the certificate of " + alias + " is not that of its key");
        }
        return store;
    }

    private KeyStore load(String table) throws Exception {
        String name = config.need(table + ".file_name");
        if (name.contains("/")) {
            throw new Refused(table + ": file_name must be bare");
        }
        Path file = folder.resolve(name);
        if (!Files.isReadable(file)) {
            throw new Refused("KeyStore File " + file + " not found");
        }
        String type = config.text(table + ".type", "JKS");
        // Java opens either kind by either name, so the type is told by the first byte.
        boolean jks;
        try (InputStream in = Files.newInputStream(file)) {
            jks = in.read() == 0xfe;
        }
        if (!type.equals(jks ? "JKS" : "PKCS12")) {
            throw new Refused(table + ": " + file + " is not of the type " + type);
        }
        KeyStore store = KeyStore.getInstance(type);
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, config.need(table + ".password").toCharArray());
        } catch (IOException e) {
            throw new Refused(table + ": " + file + " does not open: " + e.getMessage());
        }
        return store;
    }
}
