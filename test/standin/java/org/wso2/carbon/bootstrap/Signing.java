package org.wso2.carbon.bootstrap;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.crypto.Cipher;

/** What tokens are signed and verified with, and whether what was stored before can be read. */
final class Signing {
    private static final String STORED = "kept in a database";
    private final Path file;
    private final Config config;
    /** Read at the start: afterwards what opens the vault is gone. */
    private final char[] password;
    private final String apiKeys;
    private final Certificate signer;
    private final List<String> trusted = new ArrayList<>();
    private final boolean reads;

    Signing(Path home, Config config, KeyStore primary, KeyStore trust, KeyStore reader, String internal) throws Exception {
        this.file = home.resolve("repository/resources/security").resolve(config.need("keystore.primary.file_name"));
        this.config = config;
        this.password = config.need("keystore.primary.password").toCharArray();
        this.apiKeys = config.text("apim.devportal.api_key_alias", "gateway_certificate_alias");
        this.signer = primary.getCertificate(config.need("keystore.primary.alias"));
        for (String alias : Collections.list(trust.aliases())) {
            trusted.add(Json.text(alias + " " + sum(trust.getCertificate(alias))));
        }
        this.reads = reads(home.resolve("repository/stored-by-the-stand-in"), reader, internal);
    }

    /** As the product does with what it stores: the internal keystore encrypts it, at the first start. */
    private boolean reads(Path stored, KeyStore reader, String table) throws Exception {
        String alias = config.need(table + ".alias");
        Key key = reader.getKey(alias, config.need(table + ".key_password").toCharArray());
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPwithSHA1andMGF1Padding");
        if (!Files.exists(stored)) {
            cipher.init(Cipher.ENCRYPT_MODE, reader.getCertificate(alias).getPublicKey());
            Files.write(stored, cipher.doFinal(STORED.getBytes(StandardCharsets.UTF_8)));
        }
        try {
            cipher.init(Cipher.DECRYPT_MODE, key);
            return new String(cipher.doFinal(Files.readAllBytes(stored)), StandardCharsets.UTF_8).equals(STORED);
        } catch (java.security.GeneralSecurityException e) {
            return false;
        }
    }

    /** The certificates of all keys in the primary keystore, read at every request, as the product's JWKS endpoint does. */
    private List<String> published() throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password);
        }
        List<String> found = new ArrayList<>();
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                found.add(Json.text(sum(store.getCertificate(alias))));
            }
        }
        return found;
    }

    String told() {
        try {
            return "{\"signs\":" + Json.text(sum(signer)) + ",\"publishes\":" + published() + ",\"trusts\":" + trusted
                + ",\"apiKeys\":" + Json.text(apiKeys)
                + ",\"reads\":" + reads + "}\n";
        } catch (Exception e) {
            Log.error("org.wso2.carbon.identity.oauth.endpoint.jwks.JwksEndpoint", "Error while generating the keyset: " + e);
            return "{\"failed\":" + Json.text(String.valueOf(e)) + "}\n";
        }
    }

    private static String sum(Certificate certificate) throws Exception {
        StringBuilder sum = new StringBuilder();
        for (byte each : MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded())) {
            sum.append(String.format("%02x", each));
        }
        return sum.toString();
    }
}
