package org.wso2.carbon.bootstrap;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Opens the keystores that the configuration names, and finds fault with them. */
final class Stores {
    final SSLContext context;
    final X509Certificate certificate;

    private Stores(SSLContext context, X509Certificate certificate) {
        this.context = context;
        this.certificate = certificate;
    }

    static Stores open(Path home, Config config, String profile) throws Exception {
        KeyStore primary = keystore(home, config, "keystore.primary");
        if (config.at("keystore.internal") != null) {
            keystore(home, config, "keystore.internal");
        }
        KeyStore tls = keystore(home, config, "keystore.tls");
        KeyStore trust = load(home, config, "truststore");
        for (String alias : Collections.list(trust.aliases())) {
            String subject = ((X509Certificate) trust.getCertificate(alias)).getSubjectX500Principal().getName();
            if (alias.equals("wso2carbon") || subject.startsWith("CN=localhost")) {
                throw new Refused("the truststore still holds the shipped certificate (alias " + alias + ")");
            }
        }
        String alias = config.need("keystore.tls.alias");
        X509Certificate own = (X509Certificate) tls.getCertificate(alias);
        own.checkValidity();
        String hostname = config.need("server.hostname");
        if (!names(own).contains(hostname)) {
            throw new Refused("the TLS certificate is for " + names(own) + ", not for server.hostname " + hostname);
        }
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(trust);
        for (TrustManager manager : trusted.getTrustManagers()) {
            X509Certificate[] chain = Arrays.stream(tls.getCertificateChain(alias)).toArray(X509Certificate[]::new);
            try {
                ((X509TrustManager) manager).checkServerTrusted(chain, "RSA");
            } catch (Exception e) {
                throw new Refused("the truststore does not trust the TLS certificate of this very node: " + e.getMessage());
            }
        }
        if (profile.equals("gateway-worker")) {
            X509Certificate signer = (X509Certificate) primary.getCertificate(config.need("keystore.primary.alias"));
            if (!signer.equals(trust.getCertificate("gateway_certificate_alias"))) {
                throw new Refused("the truststore lacks the certificate that signs tokens, as gateway_certificate_alias");
            }
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(tls, config.need("keystore.tls.key_password").toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        return new Stores(context, own);
    }

    private static KeyStore keystore(Path home, Config config, String table) throws Exception {
        KeyStore store = load(home, config, table);
        String alias = config.need(table + ".alias");
        Key key;
        try {
            key = store.getKey(alias, config.need(table + ".key_password").toCharArray());
        } catch (Exception e) {
            throw new Refused(table + ": the key_password does not open the key " + alias);
        }
        if (key == null) {
            throw new Refused(table + ": there is no key " + alias);
        }
        String subject = ((X509Certificate) store.getCertificate(alias)).getSubjectX500Principal().getName();
        if (subject.startsWith("CN=localhost")) {
            throw new Refused(table + ": this is the shipped key for CN=localhost, whose private half is public");
        }
        return store;
    }

    private static KeyStore load(Path home, Config config, String table) throws Exception {
        String name = config.need(table + ".file_name");
        if (name.contains("/")) {
            throw new Refused(table + ": file_name must be bare");
        }
        Path file = home.resolve("repository/resources/security").resolve(name);
        if (!Files.exists(file)) {
            throw new Refused("KeyStore File " + file + " not found");
        }
        KeyStore store = KeyStore.getInstance(config.text(table + ".type", "JKS"));
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, config.need(table + ".password").toCharArray());
        } catch (java.io.IOException e) {
            throw new Refused(table + ": " + file + " does not open: " + e.getMessage());
        }
        return store;
    }

    private static List<String> names(X509Certificate certificate) throws Exception {
        Collection<List<?>> found = certificate.getSubjectAlternativeNames();
        List<String> names = new java.util.ArrayList<>();
        if (found != null) {
            for (List<?> each : found) {
                names.add(String.valueOf(each.get(1)));
            }
        }
        return names;
    }
}
