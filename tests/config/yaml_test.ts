/**
 * What is said about text that is no YAML: the line in which it is wrong.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/config/config.ts";
import { parseYaml } from "../../lib/config/yaml.ts";
import { ConfigError } from "../../lib/errors.ts";

/** The end of a text that is right by itself. */
const MORE = "model: { hiddenSize: 32 }\n";

const CASES: [text: string, fault: string][] = [
  [`seed:1\n${MORE}`, "a blank is missing after the colon at line 1, column 6:\n    seed:1"],
  [`name: x\r\nseed:1\r\n${MORE}`, "a blank is missing after the colon at line 2, column 6:"],
  [`name: x\nseed:1\n\n# one\nb:2\n${MORE}`, "a blank is missing after the colon at line 2, "],
  [
    `${MORE}optim:\n  lr:1e-3\n  beta1: 0.9\n`,
    "a blank is missing after the colon at line 3, column 6:\n      lr:1e-3\n         ^",
  ],
  [`name = x\n${MORE}`, "expected KEY: VALUE at line 1, column 1:"],
  [`name: x\nseed 1\n${MORE}`, "expected KEY: VALUE at line 2, column 1:"],
  [`seed :1\n${MORE}`, "expected KEY: VALUE at line 1, column 1:"],
  [`name: a: b\n${MORE}`, 'a value with ": " in it must be in quotes at line 1, column 7:'],
  [`name: @b\n${MORE}`, "a value that begins with @ must be in quotes at line 1, column 7:"],
  [`name: 'x\n${MORE}`, "this quote is not closed at line 1, column 7:"],
  [`name: "it's # \\" x\n${MORE}`, "this quote is not closed at line 1, column 7:"],
  [
    `name: it's # {\ndata: { a: [1], b: 2\n${MORE}`,
    "this bracket is not closed before line 3, or a comma is missing there at line 2, column 7:",
  ],
  [
    `a: [1, 8 # ]\nb: 2\n`,
    "this bracket is not closed before line 2, or a comma is missing there at line 1, column 4:",
  ],
  [
    `{"a": "x]",\n"b": 1\n"c": 3}\n`,
    "this bracket is not closed before line 3, or a comma is missing there at line 1, column 1:",
  ],
  [`a:\n\tb: 1\n`, "a tab indents this line; indent by blanks at line 2, column 1:\n     b: 1"],
  [`a: 1\nb: 2\na: 3\n`, "duplicated mapping key at line 3, column 1:\n    a: 3"],
  [`${MORE}seed`, "expected KEY: VALUE at line 2, column 1:\n    seed"],
  [`seed:1 # a note\n${MORE}`, "a blank is missing after the colon at line 1, column 6:"],
  [
    `a: "b # c\nd: 1\n# "e" f\n${MORE}`,
    "this quote is not closed at line 1, column 4:",
  ],
  [
    `a:\n  b: 1\n c: 2\n`,
    "this line begins in column 2, line 2 in column 3; what belongs together begins in one column " +
    "at line 3, column 2:",
  ],
  [`a:\n   b: 1\n# x\n  c: 2\n`, "this line begins in column 3, line 2 in column 4; "],
  [`a:\n - b\n  - c: 2\n   - d\n`, "this line begins in column "],
  [`a: 1\n---\nb: 2\n`, "found more than one document, expected a single one"],
  [`a: 1\n  b: 2\n`, "this line begins in column 3, line 1 in column 1; "],
  [`a: !!b 1\n`, "unknown scalar tag !<tag:yaml.org,2002:b> at line 1, column 4:"],
  [`a: "\\q"\n`, "unknown escape sequence at line 1, column "],
  [`a: "b`, "this quote is not closed at line 1, column 4:"],
  [`a: 'b\n`, "this quote is not closed at line 1, column 4:"],
  [`a: "b\n---\nc: 1\n`, "this quote is not closed at line 1, column 4:"],
  [`a: 1\n\ufeff\r`, "can not read a block mapping entry"],
  [`a: *b\n`, 'unidentified alias "b" at line 1, column 5:'],
  ["[".repeat(1000), "nesting exceeded maxDepth (100) at line 1, column 100:"],
];

Deno.test("parseYaml() names the line that is wrong, not one after it", async () => {
  for (const [text, fault] of CASES) {
    const { message } = await assertRejects(() => parseYaml(text, "run.yaml"), ConfigError);
    const expected = `run.yaml is not valid YAML: ${fault}`;
    assertEquals(message.slice(0, expected.length), expected);
  }
});

Deno.test("parseYaml() shows the part of a line in which something is wrong", async () => {
  const { message } = await assertRejects(
    () => parseYaml(`a:\n  b: 1\n${" ".repeat(5000)}c: 2 # ${"x".repeat(5000)}\n`, "run.yaml"),
    ConfigError,
  );
  assert(message.length < 600, message);
  const [, shown, mark] = message.split("\n");
  assertEquals(shown![mark!.indexOf("^")], "c", message);
});

Deno.test("parseConfig() asks for the blank after a colon where YAML does not need it", async () => {
  const cases = {
    "seed:1": 'the document: expected a mapping of keys, found "seed:1"; is the blank after the',
    "optim:\n  lr:1e-3": 'optim: expected a mapping of keys, found "lr:1e-3"; is the blank after',
    "optim: { lr:1e-3 }": "optim.lr:1e-3: unknown key; is the blank after the colon missing?",
  };
  for (const [text, fault] of Object.entries(cases)) {
    const document = await parseYaml(text, "x");
    assertThrows(() => parseConfig(document), ConfigError, fault);
  }
});
