/**
 * The stand-in for `@std/yaml`.
 *
 * @module
 */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parse, stringify } from "@std/yaml";

Deno.test("parse() reads the types of the core schema", () => {
  const text = `
int: 10000
hex: 0x1F
float: 1e-4
infinite: -.inf
text: yes
quoted: "1"
empty:
bool: true
list: [1, two]
nested:
  - a: 1 # comment
    b: |
      text
`;
  assertEquals(parse(text), {
    int: 10000,
    hex: 31,
    float: 1e-4,
    infinite: -Infinity,
    text: "yes",
    quoted: "1",
    empty: null,
    bool: true,
    list: [1, "two"],
    nested: [{ a: 1, b: "text\n" }],
  });
});

Deno.test("parse() follows the schema when one is named", () => {
  const text = "a: 2020-01-02";
  assertEquals(parse(text), { a: new Date(Date.UTC(2020, 0, 2)) });
  assertEquals(parse(text, { schema: "core" }), { a: "2020-01-02" });
  assertEquals(parse("a: 1", { schema: "failsafe" }), { a: "1" });
});

Deno.test("parse() gives null when there is no document", () => {
  assertEquals(parse(""), null);
  assertEquals(parse("# only a comment\n"), null);
});

Deno.test("parse() throws a SyntaxError with line and column when the text is not YAML", () => {
  const error = assertThrows(() => parse("a: 1\nb: c: 2\n"), SyntaxError);
  assertMatch(error.message, /^[^\n]+ at line 2, column 5:\n {4}b: c: 2\n {8}\^$/);
  assertThrows(() => parse("a: [1,"), SyntaxError, "line 2, column 1");
  assertThrows(() => parse("a: 1\na: 2"), SyntaxError, "line 2, column 1");
  assertThrows(() => parse("a: 1\n---\nb: 2"), SyntaxError, "more than 1 document");
});

Deno.test("parse() takes the last of repeated keys when they are allowed", () => {
  assertEquals(parse("a: 1\na: 2", { allowDuplicateKeys: true }), { a: 2 });
});

Deno.test("stringify() writes what parse() reads back", () => {
  const data = {
    text: "yes",
    number: "12",
    small: 1e-8,
    none: null,
    list: [1, { deep: [] }],
    lines: "a\nb\n",
  };
  assertEquals(parse(stringify(data)), data);
});

Deno.test("stringify() follows its options", () => {
  assertEquals(stringify({ a: [1] }), "a:\n  - 1\n");
  assertEquals(stringify({ a: [1] }, { arrayIndent: false }), "a:\n- 1\n");
  assertEquals(
    stringify({ b: 1, a: { c: 2 } }, { sortKeys: true, flowLevel: 1 }),
    "a: {c: 2}\nb: 1\n",
  );
  const shared = { x: 1 };
  assertEquals(stringify([shared, shared], { useAnchors: false }), "- x: 1\n- x: 1\n");
  assertEquals(stringify("no", { compatMode: false }), "no\n");
});

Deno.test("stringify() throws a TypeError when a value is not data", () => {
  assertThrows(() => stringify({ a: () => 1 }), TypeError, "Function");
  assertEquals(stringify({ a: () => 1, b: 2 }, { skipInvalid: true }), "b: 2\n");
});
