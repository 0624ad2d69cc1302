package org.wso2.carbon.bootstrap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** A table of a TOML document, which remembers how it came to be: that decides what may still be added to it. */
final class TomlTable extends LinkedHashMap<String, Object> {
    private static final long serialVersionUID = 1L;
    /** Its own header was met. */
    boolean defined;
    /** It came from a dotted key. */
    boolean dotted;
    /** It was written inline: nothing may be added. */
    boolean closed;

    /** An array of tables; unlike an array that is a value, it grows with each `[[header]]`. */
    static final class Tables extends ArrayList<Object> {
        private static final long serialVersionUID = 1L;
    }

    /** Puts a value under a dotted key; null if that is allowed, otherwise what is wrong. */
    String assign(List<String> path, Object value) {
        TomlTable table = this;
        for (String part : path.subList(0, path.size() - 1)) {
            Object next = table.get(part);
            if (next == null) {
                TomlTable fresh = new TomlTable();
                fresh.dotted = true;
                table.put(part, fresh);
                next = fresh;
            }
            if (!(next instanceof TomlTable)) {
                return part + " is a value, not a table";
            }
            table = (TomlTable) next;
            if (table.defined || table.closed) {
                return "the table " + part + " is defined elsewhere";
            }
        }
        String last = path.get(path.size() - 1);
        if (table.containsKey(last)) {
            return "the key " + String.join(".", path) + " is defined twice";
        }
        table.put(last, value);
        return null;
    }
}
