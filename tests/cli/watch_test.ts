/**
 * Texts drawn over themselves, on a made-up terminal.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { TextWatch } from "../../lib/cli/watch.ts";

/** Just enough of a terminal: lines, a cursor, and the sequences that are used. */
class Terminal {
  readonly isTerminal = true;
  readonly #columns: number;
  readonly #rows: number;
  #lines = [""];
  #row = 0;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  columns = () => this.#columns;
  rows = () => this.#rows;

  write = (text: string) => {
    // deno-lint-ignore no-control-regex
    for (const [part, sequence] of text.matchAll(/\x1b\[([\d?]*\w)|[\r\n]|[^\x1b\r\n]+/g)) {
      const up = /^(\d+)A$/.exec(sequence ?? "")?.[1];
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
      else if (sequence === "J") this.#lines.splice(this.#row, Infinity, "");
      else if (part === "\n") this.#lines[++this.#row] ??= "";
      else if (sequence === undefined && part !== "\r") this.#lines[this.#row] += part;
      else if (!/^\?7[lh]$/.test(sequence ?? "?7l")) throw new Error(`unknown: ${sequence}`);
    }
  };

  /** What is seen; the cursor is on the last line. */
  get screen(): string[] {
    return this.#lines;
  }
}

Deno.test("TextWatch draws texts over themselves on a terminal", () => {
  const terminal = new Terminal(40, 10);
  const watch = new TextWatch(terminal);
  watch.show("step 1", ["abc", "d\ne", "x".repeat(50)]);
  assertEquals(terminal.screen, ["step 1", "abc", "d / e", "x".repeat(39), "x".repeat(11), ""]);
  watch.show("step 2", ["fgh", "", "y"]);
  assertEquals(terminal.screen, ["step 2", "fgh", "", "y", ""]);
  watch.clear();
  assertEquals(terminal.screen, [""]);
  terminal.write("done\n");
  watch.clear();
  assertEquals(terminal.screen, ["done", ""]);
});

Deno.test("TextWatch leaves texts that are to stay and draws below them", () => {
  const terminal = new Terminal(40, 10);
  const watch = new TextWatch(terminal);
  watch.show("one", ["abc"]);
  watch.leave();
  watch.show("two", ["def"]);
  watch.show("three", ["ghi"]);
  assertEquals(terminal.screen, ["one", "abc", "three", "ghi", ""]);
});

Deno.test("TextWatch draws no more lines than a terminal has", () => {
  const terminal = new Terminal(21, 4);
  const watch = new TextWatch(terminal);
  for (const step of [1, 2]) {
    watch.show(`a heading that is too long ${step}`, ["x".repeat(30), "y", "z"]);
    assertEquals(terminal.screen, ["a heading that is to", "x".repeat(20), "x".repeat(10), ""]);
  }
});

Deno.test("TextWatch writes a line for each text where there is no terminal", () => {
  const written: string[] = [];
  const watch = new TextWatch({
    isTerminal: false,
    columns: () => 20,
    rows: () => 2,
    write: (text) => void written.push(text),
  });
  watch.show("step 1", ["abc", "d\ne"]);
  watch.clear();
  watch.show("step 2", ["x".repeat(30)]);
  assertEquals(written, ["step 1: abc\nstep 1: d / e\n", `step 2: ${"x".repeat(30)}\n`]);
});
