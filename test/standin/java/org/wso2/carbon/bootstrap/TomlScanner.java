package org.wso2.carbon.bootstrap;

import java.util.ArrayList;
import java.util.List;

/** Reads the keys and values of TOML 0.5 from a text, one after the other. */
final class TomlScanner {
    private final String text;
    private int at;
    private int line = 1;

    TomlScanner(String text) {
        this.text = text;
    }

    Refused wrong(String what) {
        return new Refused("deployment.toml, line " + line + ": " + what);
    }

    boolean ended() {
        return at >= text.length();
    }

    boolean starts(String word) {
        return text.startsWith(word, at);
    }

    boolean take(String word) {
        boolean there = starts(word);
        at += there ? word.length() : 0;
        return there;
    }

    void expect(String word) throws Refused {
        skip(false);
        if (!take(word)) {
            throw wrong(word + " is expected");
        }
    }

    /** Passes blanks and comments, and on request the ends of lines. */
    void skip(boolean lines) {
        while (!ended()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (!ended() && text.charAt(at) != '\n') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || starts("\r\n") || (lines && c == '\n')) {
                line += c == '\n' ? 1 : 0;
                at++;
            } else {
                return;
            }
        }
    }

    void endOfLine() throws Refused {
        skip(false);
        if (!ended() && !starts("\n")) {
            throw wrong("the line should end here");
        }
    }

    List<String> key() throws Refused {
        List<String> parts = new ArrayList<>();
        do {
            skip(false);
            if (starts("\"\"\"") || starts("'''")) {
                throw wrong("a key may not have several lines");
            }
            if (starts("\"") || starts("'")) {
                parts.add(string());
            } else {
                int start = at;
                while (!ended() && String.valueOf(text.charAt(at)).matches("[A-Za-z0-9_-]")) {
                    at++;
                }
                if (at == start) {
                    throw wrong("a key is expected");
                }
                parts.add(text.substring(start, at));
            }
            skip(false);
        } while (take("."));
        return parts;
    }

    Object value() throws Refused {
        skip(false);
        if (starts("\"") || starts("'")) {
            return string();
        }
        if (take("[")) {
            return array();
        }
        if (take("{")) {
            return inline();
        }
        String word = word();
        if (word.matches("\\d{4}-\\d\\d-\\d\\d") && at + 1 < text.length() && starts(" ")
            && Character.isDigit(text.charAt(at + 1))) {
            at++;
            word += "T" + word();
        }
        Object value = TomlWords.valueOf(word);
        if (value == null) {
            throw wrong("this is no value: " + word);
        }
        return value;
    }

    private String word() {
        int start = at;
        while (!ended() && ",]}# \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    private List<Object> array() throws Refused {
        List<Object> found = new ArrayList<>();
        while (true) {
            skip(true);
            if (take("]")) {
                return found;
            }
            Object value = value();
            if (!found.isEmpty() && !found.get(0).getClass().equals(value.getClass())) {
                throw wrong("an array holds values of different types");
            }
            found.add(value);
            skip(true);
            if (!take(",") && !starts("]")) {
                throw wrong("a comma is missing in an array");
            }
        }
    }

    private TomlTable inline() throws Refused {
        TomlTable table = new TomlTable();
        skip(false);
        boolean more = !take("}");
        while (more) {
            List<String> path = key();
            expect("=");
            String fault = table.assign(path, value());
            if (fault != null) {
                throw wrong(fault);
            }
            skip(false);
            more = take(",");
            if (!more) {
                expect("}");
            }
        }
        close(table);
        return table;
    }

    private static void close(TomlTable table) {
        table.closed = true;
        for (Object each : table.values()) {
            if (each instanceof TomlTable) {
                close((TomlTable) each);
            }
        }
    }

    private String string() throws Refused {
        String quote = text.substring(at, at + 1);
        boolean many = take(quote + quote + quote);
        if (!many) {
            at++;
        } else if (take("\n") || take("\r\n")) {
            line++;
        }
        String end = many ? quote + quote + quote : quote;
        StringBuilder found = new StringBuilder();
        while (!take(end)) {
            if (ended() || (!many && (starts("\n") || starts("\r\n")))) {
                throw wrong("a string does not end");
            }
            char c = text.charAt(at++);
            line += c == '\n' ? 1 : 0;
            if (c == '\\' && quote.equals("\"")) {
                escape(found, many);
            } else if ((c < ' ' && "\t\n\r".indexOf(c) < 0) || c == 127) {
                throw wrong("a string holds a control character");
            } else {
                found.append(c);
            }
        }
        return found.toString();
    }

    private void escape(StringBuilder found, boolean many) throws Refused {
        char e = ended() ? '\n' : text.charAt(at++);
        int index = "btnfr\"\\".indexOf(e);
        if (index >= 0) {
            found.append("\b\t\n\f\r\"\\".charAt(index));
        } else if (e == 'u' || e == 'U') {
            int length = e == 'u' ? 4 : 8;
            String digits = text.substring(at, Math.min(text.length(), at + length));
            long code = digits.matches("[0-9A-Fa-f]{" + length + "}") ? Long.parseLong(digits, 16) : -1;
            if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
                throw wrong("an escape names no character: \\" + e + digits);
            }
            found.appendCodePoint((int) code);
            at += length;
        } else if (many && text.substring(at - 1).matches("(?s)[ \\t]*\\r?\\n.*")) {
            at--;
            while (!ended() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                line += text.charAt(at++) == '\n' ? 1 : 0;
            }
        } else {
            throw wrong("an unknown escape: \\" + e);
        }
    }
}
