import { assertEquals, assertThrows } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { moduleTable, summaryOf } from "../../tasks/docs/modules.ts";

const source = "/**\n * What it is,\n * in short.\n *\n * More.\n *\n * @module\n */\n";

Deno.test("summaryOf() is the first paragraph of a module's doc comment", () => {
  assertEquals(summaryOf(source, "a.ts"), "What it is, in short.");
  assertEquals(summaryOf("/**\n * Short.\n * @module\n */\n", "a.ts"), "Short.");
  assertThrows(() => summaryOf("export {};\n", "a.ts"), FlmError, "a.ts: expected a doc comment");
});

Deno.test("moduleTable() has a row for each module", () => {
  assertEquals(
    moduleTable("Door", [{ name: "a", path: "lib/a.ts", source }]),
    `| Door               | About                 |
| ------------------ | --------------------- |
| [\`a\`](../lib/a.ts) | What it is, in short. |`,
  );
});
