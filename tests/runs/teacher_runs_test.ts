/**
 * Where a student's teachers are found again.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { exists } from "../../lib/system/exists.ts";
import { readTeacherRuns, writeTeacherRuns } from "../../tasks/runs/teacher_runs.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("readTeacherRuns() finds what a run learned from in a project that was renamed", () =>
  withFolder(async (folder) => {
    const teacher = "runs/a/checkpoints/0000020";
    const [before, after] = [`${folder}/before`, `${folder}/after`];
    const student = "runs/a-distill";
    for (const path of [teacher, student]) {
      await Deno.mkdir(`${before}/${path}`, { recursive: true });
    }
    await writeTeacherRuns(`${before}/${student}`, {
      teacher: { location: `${before}/${teacher}` },
    });
    await Deno.rename(before, after);
    const read = (given: string | null = null) =>
      readTeacherRuns({ teacher: given }, `${after}/${student}`);
    assertEquals(await read(), { teacher: `${after}/${teacher}` });
    assertEquals(await read("elsewhere"), { teacher: "elsewhere" });

    // The run has newer checkpoints: it is told later whether they are the same.
    await Deno.remove(`${after}/${teacher}`);
    assertEquals(await read(), { teacher: `${after}/runs/a` });
    await Deno.remove(`${after}/runs/a`, { recursive: true });
    await assertRejects(
      () => read(),
      ConfigError,
      `learns from is no longer at ${after}/${teacher}. Say where it is by --teacher RUN; if it ` +
        `is gone, begin anew from another, under another name (--name NAME).`,
    );
  }));

Deno.test("readTeacherRuns() names the flag when nothing says what to learn from", () =>
  withFolder(async (folder) => {
    const given = { teacher: "a", flowMap: null };
    const read = (resumed: string | null) => readTeacherRuns(given, resumed);
    await assertRejects(() => read(null), ConfigError, "--flow-map RUN is missing");
    await assertRejects(() => read(folder), ConfigError, "--flow-map RUN is missing");
    await assertRejects(
      () => readTeacherRuns(given, null, { flowMap: "runs/none-distill" }),
      ConfigError,
      "--flow-map RUN is missing: the run of the model to learn from. The recipe's own, " +
        "runs/none-distill, has no checkpoint: train it first, or say where another is.",
    );
    // As older versions wrote it.
    await Deno.mkdir(`${folder}/b`);
    await Deno.writeTextFile(`${folder}/inputs.json`, JSON.stringify({ flowMap: `${folder}/b` }));
    assertEquals(await read(folder), { teacher: "a", flowMap: `${folder}/b` });
    await Deno.writeTextFile(`${folder}/inputs.json`, '{"flowMap": "http://host/b"}');
    assertEquals(await read(folder), { teacher: "a", flowMap: "http://host/b" });
    await writeTeacherRuns(`${folder}/b`, {});
    assertEquals(await exists(`${folder}/b/inputs.json`), false, "it learns from none");
    await writeTeacherRuns(folder, { teacher: { location: "https://host/a" } });
    assertEquals(
      await Deno.readTextFile(`${folder}/inputs.json`),
      '{\n  "teacher": "https://host/a"\n}\n',
    );
  }));

Deno.test("readTeacherRuns() names the file that says them wrongly", async () => {
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
      const error = await assertRejects(() => readTeacherRuns(given, run), ConfigError, path);
      assertEquals(error.message.includes(reason!), true, error.message);
      const advice = "Remove it and give --teacher RUN and --flow-map RUN.";
      assertEquals(error.message.endsWith(advice), true, error.message);
    }
    const said = { teacher: "runs/a", flowMap: "runs/b" };
    assertEquals(await readTeacherRuns(said, run), said, "nothing is asked of the file");
    await Deno.remove(path);
    await assertRejects(() => readTeacherRuns(given, run), ConfigError, "--teacher RUN is missing");
  });
});
