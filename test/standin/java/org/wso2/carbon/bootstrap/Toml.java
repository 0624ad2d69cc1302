package org.wso2.carbon.bootstrap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A strict reader of TOML 0.5, as far as a deployment.toml goes: nothing is defined twice, arrays are of one type. */
final class Toml {
    private final String text;
    private int at;
    private int line = 1;
    private final Map<String, Object> root = new LinkedHashMap<>();
    private final Set<String> defined = new HashSet<>();
    /** Table headers in the order in which they stand. */
    final List<String> headers = new ArrayList<>();

    private Toml(String text) {
        this.text = text;
    }

    static Toml parse(String text) throws Refused {
        Toml toml = new Toml(text);
        toml.read();
        return toml;
    }

    Map<String, Object> root() {
        return root;
    }

    private Refused wrong(String what) {
        return new Refused("deployment.toml, line " + line + ": " + what);
    }

    private void read() throws Refused {
        Map<String, Object> table = root;
        String prefix = "";
        while (true) {
            skip(true);
            if (at >= text.length()) {
                return;
            }
            if (peek() == '[') {
                boolean many = text.startsWith("[[", at);
                at += many ? 2 : 1;
                List<String> path = key();
                expect(many ? "]]" : "]");
                String name = String.join("\u0000", path);
                headers.add((many ? "[[" : "[") + String.join(".", path));
                if (many) {
                    table = append(path);
                    defined.removeIf(each -> each.startsWith(name + "\u0000"));
                } else {
                    if (!defined.add(name)) {
                        throw wrong("the table " + String.join(".", path) + " is defined twice");
                    }
                    table = descend(root, path);
                }
                prefix = name;
            } else {
                List<String> path = key();
                expect("=");
                Object value = value();
                Map<String, Object> target = descend(table, path.subList(0, path.size() - 1));
                if (target.containsKey(path.get(path.size() - 1))) {
                    throw wrong("the key " + String.join(".", path) + " is defined twice");
                }
                target.put(path.get(path.size() - 1), value);
            }
            endOfLine();
        }
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> descend(Map<String, Object> from, List<String> path) throws Refused {
        Map<String, Object> table = from;
        for (String part : path) {
            Object next = table.computeIfAbsent(part, key -> new LinkedHashMap<String, Object>());
            if (next instanceof List) {
                List<Object> list = (List<Object>) next;
                next = list.get(list.size() - 1);
            }
            if (!(next instanceof Map)) {
                throw wrong(part + " is a value, not a table");
            }
            table = (Map<String, Object>) next;
        }
        return table;
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> append(List<String> path) throws Refused {
        Map<String, Object> parent = descend(root, path.subList(0, path.size() - 1));
        String last = path.get(path.size() - 1);
        Object list = parent.computeIfAbsent(last, key -> new ArrayList<Object>());
        if (!(list instanceof List)) {
            throw wrong(last + " is not an array of tables");
        }
        Map<String, Object> element = new LinkedHashMap<>();
        ((List<Object>) list).add(element);
        return element;
    }

    private List<String> key() throws Refused {
        List<String> parts = new ArrayList<>();
        do {
            skip(false);
            char c = peek();
            if (c == '"' || c == '\'') {
                parts.add(string());
            } else {
                int start = at;
                while (at < text.length() && (Character.isLetterOrDigit(peek()) || peek() == '_' || peek() == '-')) {
                    at++;
                }
                if (at == start) {
                    throw wrong("a key is expected");
                }
                parts.add(text.substring(start, at));
            }
            skip(false);
        } while (take('.'));
        return parts;
    }

    private Object value() throws Refused {
        skip(false);
        char c = peek();
        if (c == '"' || c == '\'') {
            return string();
        }
        if (c == '[') {
            return array();
        }
        int start = at;
        while (at < text.length() && ",]\n\r# \t".indexOf(peek()) < 0) {
            at++;
        }
        String word = text.substring(start, at);
        if (word.equals("true") || word.equals("false")) {
            return Boolean.valueOf(word);
        }
        if (word.matches("[+-]?(0|[1-9](_?[0-9])*)")) {
            return Long.valueOf(word.replace("_", ""));
        }
        if (word.matches("[+-]?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            return Double.valueOf(word);
        }
        throw wrong("this is no value: " + word);
    }

    private List<Object> array() throws Refused {
        List<Object> found = new ArrayList<>();
        at++;
        while (true) {
            skip(true);
            if (take(']')) {
                return found;
            }
            Object value = value();
            if (!found.isEmpty() && !found.get(0).getClass().equals(value.getClass())) {
                throw wrong("an array holds values of different types");
            }
            found.add(value);
            skip(true);
            if (!take(',') && peek() != ']') {
                throw wrong("a comma is missing in an array");
            }
        }
    }

    private String string() throws Refused {
        char quote = peek();
        at++;
        StringBuilder found = new StringBuilder();
        while (true) {
            if (at >= text.length() || peek() == '\n') {
                throw wrong("a string does not end");
            }
            char c = text.charAt(at++);
            if (c == quote) {
                return found.toString();
            }
            if (c == '\\' && quote == '"') {
                char e = text.charAt(at++);
                int index = "btnfr\"\\".indexOf(e);
                if (index >= 0) {
                    found.append("\b\t\n\f\r\"\\".charAt(index));
                } else if (e == 'u') {
                    found.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                } else {
                    throw wrong("an unknown escape: \\" + e);
                }
            } else {
                found.append(c);
            }
        }
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\n';
    }

    private boolean take(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(String word) throws Refused {
        skip(false);
        if (!text.startsWith(word, at)) {
            throw wrong(word + " is expected");
        }
        at += word.length();
    }

    private void skip(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
                if (c == '\n') {
                    line++;
                }
                at++;
            } else {
                return;
            }
        }
    }

    private void endOfLine() throws Refused {
        skip(false);
        if (at < text.length() && peek() != '\n') {
            throw wrong("the line should end here");
        }
    }
}
