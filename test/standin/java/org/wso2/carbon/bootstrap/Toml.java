package org.wso2.carbon.bootstrap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A strict reader of TOML 0.5: nothing is defined twice, and the values of an array are of one type. */
final class Toml {
    private final TomlScanner scanner;
    final TomlTable root = new TomlTable();
    /** Table headers in the order in which they stand, as `[a.b` or `[[a.b`. */
    final List<String> headers = new ArrayList<>();

    private Toml(String text) {
        this.scanner = new TomlScanner(text);
    }

    static Toml read(Path file) throws Refused, IOException {
        if (!Files.isReadable(file)) {
            throw new Refused("there is no readable " + file);
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
            Toml toml = new Toml(text);
            toml.read();
            return toml;
        } catch (CharacterCodingException e) {
            throw new Refused(file + " is not UTF-8");
        }
    }

    private void read() throws Refused {
        TomlTable table = root;
        for (scanner.skip(true); !scanner.ended(); scanner.skip(true)) {
            if (scanner.take("[[")) {
                table = append(header("]]", "[["));
            } else if (scanner.take("[")) {
                table = define(header("]", "["));
            } else {
                List<String> path = scanner.key();
                scanner.expect("=");
                String fault = table.assign(path, scanner.value());
                if (fault != null) {
                    throw scanner.wrong(fault);
                }
            }
            scanner.endOfLine();
        }
    }

    private List<String> header(String end, String start) throws Refused {
        List<String> path = scanner.key();
        scanner.expect(end);
        headers.add(start + String.join(".", path));
        return path;
    }

    private TomlTable define(List<String> path) throws Refused {
        TomlTable parent = parent(path);
        String last = path.get(path.size() - 1);
        Object there = parent.get(last);
        if (there == null) {
            there = new TomlTable();
            parent.put(last, there);
        }
        if (!(there instanceof TomlTable)) {
            throw scanner.wrong(String.join(".", path) + " is not a table, but something else already");
        }
        TomlTable table = (TomlTable) there;
        if (table.defined || table.dotted || table.closed) {
            throw scanner.wrong("the table " + String.join(".", path) + " is defined twice");
        }
        table.defined = true;
        return table;
    }

    private TomlTable append(List<String> path) throws Refused {
        TomlTable parent = parent(path);
        Object tables = parent.computeIfAbsent(path.get(path.size() - 1), key -> new TomlTable.Tables());
        if (!(tables instanceof TomlTable.Tables)) {
            throw scanner.wrong(String.join(".", path) + " is not an array of tables, but something else already");
        }
        TomlTable element = new TomlTable();
        element.defined = true;
        ((TomlTable.Tables) tables).add(element);
        return element;
    }

    /** The table that the last part of a header stands in; of an array of tables, its last element. */
    private TomlTable parent(List<String> path) throws Refused {
        TomlTable table = root;
        for (String part : path.subList(0, path.size() - 1)) {
            Object next = table.computeIfAbsent(part, key -> new TomlTable());
            if (next instanceof TomlTable.Tables) {
                next = ((TomlTable.Tables) next).get(((TomlTable.Tables) next).size() - 1);
            }
            if (!(next instanceof TomlTable) || ((TomlTable) next).closed) {
                throw scanner.wrong(part + " is a value, not a table");
            }
            table = (TomlTable) next;
        }
        return table;
    }

    /** Says of each file that it is well, or what is wrong with it: for the tests of this reader. */
    public static void main(String[] files) throws IOException {
        for (String file : files) {
            try {
                System.out.println(read(java.nio.file.Paths.get(file)).root);
            } catch (Refused e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }
}
