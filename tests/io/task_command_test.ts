/**
 * Commands in messages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { taskCommand } from "../../lib/io/task_command.ts";

Deno.test("taskCommand() quotes what a shell would take otherwise", () => {
  assertEquals(
    taskCommand("distill:second", [
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
