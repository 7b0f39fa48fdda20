import { assertEquals } from "@std/assert";
import { type Argument, splitArguments } from "../../lib/cli/split_arguments.ts";

const plain = (text: string): Argument => ({ kind: "plain", text });
const isOn = (isOn: boolean): Argument => ({ kind: "switch", name: "json", isOn });
const flag = (written: string, value: string | null = null): Argument => ({
  kind: "flag",
  written,
  value,
});

/** Command lines, their parts between blanks, and what these are where `json` is a switch. */
const CASES: readonly (readonly [line: string, parts: readonly Argument[]])[] = [
  ["a b", [plain("a"), plain("b")]],
  ["007 -", [plain("007"), plain("-")]],
  ["--out x y", [flag("--out", "x"), plain("y")]],
  ["--out=x y", [flag("--out=x", "x"), plain("y")]],
  ["--out=a=b", [flag("--out=a=b", "a=b")]],
  ["--out=-1", [flag("--out=-1", "-1")]],
  ["--out", [flag("--out")]],
  ["--out= x", [flag("--out="), plain("x")]],
  ["--out --in x", [flag("--out"), flag("--in", "x")]],
  ["--out -", [flag("--out"), plain("-")]],
  ["--out -1", [flag("--out=-1", "-1")]],
  ["--out -x", [flag("--out"), flag("-x")]],
  ["--json -1", [isOn(true), flag("-1")]],
  ["--optim.lr 1", [flag("--optim.lr", "1")]],
  ["--no-out=x", [flag("--no-out=x", "x")]],
  ["--=x", [flag("--=x")]],
  ["--json x", [isOn(true), plain("x")]],
  ["--json true x", [isOn(true), plain("x")]],
  ["--json false x", [isOn(false), plain("x")]],
  ["--json=false true", [isOn(false), plain("true")]],
  ["--no-json", [flag("--no-json")]],
  ["-ab", [flag("-ab"), flag("-ab")]],
  ["--out x -- --json --out y", [flag("--out", "x"), plain("--json"), plain("--out"), plain("y")]],
  ["--out x -- --out -1", [flag("--out", "x"), plain("--out"), plain("-1")]],
  ["--out -- x", [flag("--out"), plain("x")]],
];

Deno.test("splitArguments() tells flags, their values and other arguments apart", () => {
  for (const [line, parts] of CASES) {
    assertEquals([...splitArguments(line.split(" "), ["json"])], parts, line);
  }
});

Deno.test("splitArguments() keeps what is empty, which is no value", () => {
  assertEquals([...splitArguments(["--out", "", "a b"], [])], [
    flag("--out"),
    plain(""),
    plain("a b"),
  ]);
});
