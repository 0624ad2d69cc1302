package org.wso2.carbon.bootstrap;

import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Whose a certificate is. */
final class Names {
    private Names() {
    }

    /** The subject alternative names; the common name does not count. */
    static List<String> of(X509Certificate certificate) throws Exception {
        Collection<List<?>> found = certificate.getSubjectAlternativeNames();
        List<String> names = new ArrayList<>();
        if (found != null) {
            for (List<?> each : found) {
                names.add(String.valueOf(each.get(1)));
            }
        }
        return names;
    }

    /** Whether it is for this host; a wildcard stands for one label. */
    static boolean cover(X509Certificate certificate, String host) throws Exception {
        String wanted = host.toLowerCase(Locale.ROOT);
        for (String each : of(certificate)) {
            String name = each.toLowerCase(Locale.ROOT);
            boolean wild = name.startsWith("*.") && wanted.indexOf('.') > 0;
            if (name.equals(wanted) || (wild && wanted.substring(wanted.indexOf('.')).equals(name.substring(1)))) {
                return true;
            }
        }
        return false;
    }

    static boolean shipped(Certificate certificate) {
        String subject = ((X509Certificate) certificate).getSubjectX500Principal().getName();
        return subject.matches("CN=localhost(,.*)?");
    }

    /** Whether what the key signs is proven by the certificate. */
    static boolean pair(Key key, Certificate certificate) throws Exception {
        String algorithm = "SHA256with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : key.getAlgorithm());
        byte[] text = "stand-in".getBytes(StandardCharsets.UTF_8);
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign((PrivateKey) key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(text);
            return signature.verify(signed);
        } catch (java.security.GeneralSecurityException e) {
            return false;
        }
    }
}
