/**
 * The stand-in for `@std/cli/parse-args`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

Deno.test("parseArgs() reads values, numbers and bare flags", () => {
  assertEquals(parseArgs(["--a", "x", "--b=1e3", "--c", "--d", "0x10", "p", "7"]), {
    a: "x",
    b: 1000,
    c: true,
    d: 16,
    _: ["p", 7],
  });
  assertEquals(parseArgs(["--a=b=c", "--n=-1", "--m", "-1"]), {
    a: "b=c",
    n: -1,
    m: true,
    1: true,
    _: [],
  });
  assertEquals(parseArgs(["--a", "1", "--a", "2"]), { a: 2, _: [] });
  assertEquals(parseArgs(["--s", "X\nX", "--t=X\nX"]), { s: "X\nX", t: "X\nX", _: [] });
});

Deno.test("parseArgs() keeps text when a flag is a string", () => {
  assertEquals(parseArgs(["--a", "007", "08"], { string: ["a", "_"] }), { a: "007", _: ["08"] });
  assertEquals(parseArgs(["--a"], { string: "a" }), { a: "", _: [] });
  assertEquals(parseArgs(["--a", "--b"], { string: ["a", "b"] }), { a: "", b: "", _: [] });
  assertEquals(parseArgs([], { string: "a" }), { _: [] });
});

Deno.test("parseArgs() takes no value when a flag is boolean, unless it is true or false", () => {
  const options = { boolean: ["a", "b", "c"] };
  assertEquals(parseArgs(["--a", "x", "--b", "false", "--c=false"], options), {
    a: true,
    b: false,
    c: false,
    _: ["x"],
  });
  assertEquals(parseArgs([], options), { a: false, b: false, c: false, _: [] });
  assertEquals(parseArgs(["--x", "y", "-z", "1"], { boolean: true }), { x: true, z: 1, _: ["y"] });
});

Deno.test("parseArgs() reads clusters of short flags", () => {
  assertEquals(parseArgs(["-abc", "v"]), { a: true, b: true, c: "v", _: [] });
  assertEquals(parseArgs(["-n5", "-x=1", "-I/usr"]), { n: 5, x: 1, I: "/usr", _: [] });
  assertEquals(parseArgs(["-n", "-", "-f-", "-"]), { n: "-", f: "-", _: ["-"] });
  assertEquals(parseArgs(["-t", "moo"], { boolean: "t" }), { t: true, _: ["moo"] });
});

Deno.test("parseArgs() nests dotted names", () => {
  assertEquals(parseArgs(["--a.b", "3", "--a.c.d=4", "--e.f"]), {
    a: { b: 3, c: { d: 4 } },
    e: { f: true },
    _: [],
  });
});

Deno.test("parseArgs() leaves prototypes alone when names are hostile", () => {
  const result = parseArgs(["--__proto__.polluted", "1", "--toString", "x"]);
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
  assertEquals(result["toString"] as unknown, "x");
});

Deno.test("parseArgs() applies aliases, defaults, collect and negatable", () => {
  assertEquals(parseArgs(["-h"], { boolean: "help", alias: { help: "h" } }), {
    help: true,
    h: true,
    _: [],
  });
  assertEquals(parseArgs(["--a.b", "1"], { default: { "a.b": 2, "a.c": 3 } }), {
    a: { b: 1, c: 3 },
    _: [],
  });
  assertEquals(parseArgs(["--f", "1", "--f", "2"], { collect: "f" }), { f: [1, 2], _: [] });
  assertEquals(parseArgs([], { string: "f", collect: "f" }), { f: [], _: [] });
  assertEquals(parseArgs(["--f", "--no-f"], { boolean: "f", negatable: "f" }), {
    f: false,
    _: [],
  });
  assertEquals(parseArgs(["--no-f"]), { "no-f": true, _: [] });
});

Deno.test("parseArgs() leaves out what unknown() refuses", () => {
  const seen: unknown[] = [];
  const result = parseArgs(["--a", "1", "--typo", "2", "p", "-h"], {
    string: "a",
    boolean: "help",
    alias: { help: "h" },
    unknown: (arg, key, value) => {
      seen.push([arg, key, value]);
      return false;
    },
  });
  assertEquals(result, { a: "1", help: true, h: true, _: [] });
  assertEquals(seen, [["--typo", "typo", "2"], ["p", undefined, undefined]]);
});

Deno.test("parseArgs() stops at -- and, when asked, at the first positional", () => {
  assertEquals(parseArgs(["--a", "--", "--b", "1"]), { a: true, _: ["--b", "1"] });
  assertEquals(parseArgs(["x", "--", "y"], { "--": true }), { _: ["x"], "--": ["y"] });
  assertEquals(parseArgs(["--a=1", "x", "--b"], { stopEarly: true }), { a: 1, _: ["x", "--b"] });
});
