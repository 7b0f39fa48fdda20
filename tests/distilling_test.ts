/**
 * The runs that a student learns from, as flags or the run's folder say them.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../lib/errors.ts";
import { readInputs, writeInputs } from "../tasks/distilling.ts";
import { withFolder } from "./testing/folder.ts";

Deno.test("readInputs() takes what flags do not say from the resumed run", async () => {
  await withFolder(async (run) => {
    await writeInputs(run, { teacher: "runs/a", flowMap: "runs/b" });
    const given = { teacher: null, flowMap: "runs/c" };
    assertEquals(await readInputs(given, run), { teacher: "runs/a", flowMap: "runs/c" });
    await assertRejects(
      () => readInputs(given, null),
      ConfigError,
      "--teacher RUN is missing",
    );
  });
});

Deno.test("readInputs() names the file that says them wrongly", async () => {
  await withFolder(async (run) => {
    const path = `${run}/inputs.json`;
    const given = { teacher: null, flowMap: null };
    const cases = [
      ["{", "it is not JSON"],
      ["[]", "the document: expected a mapping"],
      ['{"teacher": 5}', "teacher: expected text, found 5"],
    ];
    for (const [text, reason] of cases) {
      await Deno.writeTextFile(path, text!);
      const error = await assertRejects(() => readInputs(given, run), ConfigError, path);
      assertEquals(error.message.includes(reason!), true, error.message);
      const advice = "Remove it and give --teacher RUN and --flow-map RUN.";
      assertEquals(error.message.endsWith(advice), true, error.message);
    }
    const said = { teacher: "runs/a", flowMap: "runs/b" };
    assertEquals(await readInputs(said, run), said, "nothing is asked of the file");
    await Deno.remove(path);
    await assertRejects(() => readInputs(given, run), ConfigError, "--teacher RUN is missing");
  });
});
