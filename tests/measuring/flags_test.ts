/**
 * What the tasks that measure have in common.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { measuringDoc, type MeasuringTask } from "../../tasks/measuring/flags.ts";
import { deno, ROOT } from "../testing/program.ts";

const TASKS: readonly MeasuringTask[] = ["evaluate", "eval-ppl", "gen-ppl"];

Deno.test("measuringDoc() tells the tasks that measure apart", () => {
  for (const task of TASKS) {
    const [first, blank, heading, ...others] = measuringDoc(task).split("\n");
    assertEquals([blank, heading, others.length], ["", "See also:", 2]);
    for (const other of TASKS.filter((each) => each !== task)) {
      const [said] = measuringDoc(other).split("\n");
      assertEquals(
        others.some((line) => line.startsWith(`  ${other} `) && line.endsWith(said!)),
        true,
      );
    }
    assertMatch(first!, /^(Measures|Has a judge)/);
  }
});

Deno.test("the tasks that measure take the same models and seeds", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const task of TASKS) {
    const { stdout } = await deno(["task", "--quiet", task, "--help"]);
    assertMatch(stdout, /^Usage: deno task [a-z-]+ \[?RUN\]?\.\.\. \[flags\]/);
    for (const flag of ["weights", "seed", "batch-size"]) {
      assertMatch(stdout, new RegExp(`^  --${flag} \\S+ `, "m"), `${task} --${flag}`);
    }
    assertEquals(typeof tasks[task].description, "string");
  }
});
