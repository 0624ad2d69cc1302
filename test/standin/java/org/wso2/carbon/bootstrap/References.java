package org.wso2.carbon.bootstrap;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills in `$ref{}`, `$env{}` and `$sys{}` where the product does: everywhere but in arrays of tables. */
final class References {
    private static final Pattern REFERENCE = Pattern.compile("\\$(ref|env|sys|secret)\\{([^}]+)}");
    private final TomlTable root;

    private final Vault vault;

    private References(TomlTable root, Vault vault) {
        this.root = root;
        this.vault = vault;
    }

    /** Without a vault, secrets stay as they are written. */
    static void resolve(TomlTable root, Vault vault) throws Refused {
        new References(root, vault).table(root, false);
    }

    /** The value at a dotted path of plain tables, or null. */
    static Object at(TomlTable root, String path) {
        Object value = root;
        for (String part : path.split("\\.")) {
            value = value instanceof TomlTable ? ((TomlTable) value).get(part) : null;
        }
        return value;
    }

    private void table(TomlTable table, boolean inArray) throws Refused {
        for (Map.Entry<String, Object> entry : table.entrySet()) {
            entry.setValue(value(entry.getValue(), inArray));
        }
    }

    @SuppressWarnings("unchecked")
    private Object value(Object value, boolean inArray) throws Refused {
        if (value instanceof String) {
            return text((String) value, inArray, 0);
        }
        if (value instanceof TomlTable) {
            table((TomlTable) value, inArray);
        } else if (value instanceof List) {
            List<Object> list = (List<Object>) value;
            for (int i = 0; i < list.size(); i++) {
                list.set(i, value(list.get(i), inArray || list.get(i) instanceof TomlTable));
            }
        }
        return value;
    }

    private String text(String value, boolean inArray, int depth) throws Refused {
        if (depth > 20) {
            throw new Refused("the reference " + value + " leads in a circle");
        }
        Matcher found = REFERENCE.matcher(value);
        StringBuffer out = new StringBuffer();
        while (found.find()) {
            boolean secret = found.group(1).equals("secret");
            String with = inArray && !secret ? found.group() : target(found.group(1), found.group(2), found.group(), depth);
            found.appendReplacement(out, Matcher.quoteReplacement(with));
        }
        return found.appendTail(out).toString();
    }

    private String target(String kind, String name, String shown, int depth) throws Refused {
        if (kind.equals("secret")) {
            return secret(name, shown);
        }
        Object target = kind.equals("ref") ? at(root, name) : kind.equals("env") ? System.getenv(name) : System.getProperty(name);
        if (target == null || target instanceof TomlTable || target instanceof List) {
            throw new Refused("the reference " + shown + " leads nowhere");
        }
        return kind.equals("ref") ? text(String.valueOf(target), false, depth + 1) : String.valueOf(target);
    }

    private String secret(String name, String shown) throws Refused {
        Object secrets = root.get("secrets");
        Object value = secrets instanceof TomlTable ? ((TomlTable) secrets).get(name) : null;
        if (value == null) {
            throw new Refused("the reference " + shown + " leads nowhere");
        }
        return vault == null ? shown : vault.open(name, String.valueOf(value));
    }
}
