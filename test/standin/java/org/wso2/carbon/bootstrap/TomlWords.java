package org.wso2.carbon.bootstrap;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;

/** The values of TOML 0.5 that are one word: booleans, numbers and times. */
final class TomlWords {
    private static final String DIGITS = "(0|[1-9](_?[0-9])*)";
    private static final String DATE = "\\d{4}-\\d\\d-\\d\\d";
    private static final String TIME = "\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?";

    private TomlWords() {
    }

    /** The value, or null if the word is none. */
    static Object valueOf(String word) {
        try {
            if (word.equals("true") || word.equals("false")) {
                return Boolean.valueOf(word);
            }
            String plain = word.replace("_", "");
            if (word.matches("[+-]?" + DIGITS)) {
                return Long.valueOf(plain);
            }
            if (word.matches("0x[0-9A-Fa-f](_?[0-9A-Fa-f])*")) {
                return Long.valueOf(plain.substring(2), 16);
            }
            if (word.matches("0o[0-7](_?[0-7])*")) {
                return Long.valueOf(plain.substring(2), 8);
            }
            if (word.matches("0b[01](_?[01])*")) {
                return Long.valueOf(plain.substring(2), 2);
            }
            if (word.matches("[+-]?" + DIGITS + "(\\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?")) {
                return Double.valueOf(plain);
            }
            if (word.matches("[+-]?(inf|nan)")) {
                return word.endsWith("nan") ? Double.NaN : word.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            }
            return time(word.toUpperCase(java.util.Locale.ROOT));
        } catch (NumberFormatException | DateTimeException e) {
            return null;
        }
    }

    private static Object time(String word) {
        if (word.matches(DATE)) {
            return LocalDate.parse(word);
        }
        if (word.matches(TIME)) {
            return LocalTime.parse(word);
        }
        if (word.matches(DATE + "T" + TIME)) {
            return LocalDateTime.parse(word);
        }
        return word.matches(DATE + "T" + TIME + "(Z|[+-]\\d\\d:\\d\\d)") ? OffsetDateTime.parse(word) : null;
    }
}
