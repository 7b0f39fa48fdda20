/**
 * Command lines of tasks.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { commandLine } from "../../tasks/reproduce/process.ts";

Deno.test("commandLine() quotes what a shell would take otherwise", () => {
  assertEquals(
    commandLine("distill:second", [
      "--config",
      "data/a b.yaml",
      "--x=[1]",
      "it's",
      "",
      "--a.b=1e-3",
    ]),
    `deno task distill:second --config 'data/a b.yaml' '--x=[1]' 'it'\\''s' '' --a.b=1e-3`,
  );
});
