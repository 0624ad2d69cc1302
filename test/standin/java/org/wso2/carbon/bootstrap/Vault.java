package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Properties;
import javax.crypto.Cipher;

/** Opens the ciphertexts of `[secrets]` with the keystore that secret-conf.properties names. */
final class Vault {
    private final Path home;
    private Key key;
    private String algorithm;

    Vault(Path home) {
        this.home = home;
    }

    /** The text behind an alias. */
    String open(String alias, String ciphertext) throws Refused {
        if (ciphertext.startsWith("[")) {
            throw new Refused("Secret references can't be plain text for " + alias);
        }
        try {
            if (key == null) {
                load();
            }
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, key);
            return new String(cipher.doFinal(Base64.getDecoder().decode(ciphertext)), StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw new Refused("the vault does not open " + alias + ": " + e);
        }
    }

    private void load() throws Refused, IOException, GeneralSecurityException {
        Properties conf = new Properties();
        Path file = home.resolve("repository/conf/security/secret-conf.properties");
        if (!Files.isReadable(file)) {
            throw new Refused("there are secrets, but no " + file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            conf.load(in);
        }
        // The cipher tool writes it; a server that does not find it takes every secret for plain text.
        if (!"true".equals(conf.getProperty("secVault.enabled"))) {
            throw new Refused("secret-conf.properties does not say secVault.enabled=true");
        }
        if (!"file".equals(conf.getProperty("secretRepositories"))) {
            throw new Refused("secret-conf.properties has no repository of secrets");
        }
        String password = password();
        KeyStore store = KeyStore.getInstance(conf.getProperty("keystore.identity.type", ""));
        try (InputStream in = Files.newInputStream(Paths.get(conf.getProperty("keystore.identity.location", "")))) {
            store.load(in, password.toCharArray());
        }
        key = store.getKey(conf.getProperty("keystore.identity.alias", ""), password.toCharArray());
        if (key == null) {
            throw new Refused("the keystore of secret-conf.properties has no key " + conf.getProperty("keystore.identity.alias"));
        }
        algorithm = conf.getProperty("secretRepositories.file.algorithm", "RSA/ECB/OAEPwithSHA1andMGF1Padding");
    }

    /** From password-tmp, which is deleted, or from password-persist, which stays; else the server would ask a person. */
    private String password() throws Refused, IOException {
        Path once = home.resolve("password-tmp");
        Path file = Files.exists(once) ? once : home.resolve("password-persist");
        if (!Files.exists(file)) {
            throw new Refused("[Enter KeyStore and Private Key Password :] there is neither password-tmp nor password-persist");
        }
        if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)
            || Files.getPosixFilePermissions(file).contains(PosixFilePermission.GROUP_READ)) {
            throw new Refused(file + " can be read by others");
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\\R")[0];
        if (file.equals(once)) {
            Files.delete(once);
        }
        return text;
    }
}
