/**
 * How far stages are, as their folders tell.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { writeEvaluation } from "../../lib/eval/evaluation.ts";
import type { Stage } from "../../tasks/reproduce/chain.ts";
import { readRecords, RECORDS_FILE, writeRecord } from "../../tasks/reproduce/records.ts";
import { differences, stageStatus } from "../../tasks/reproduce/status.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

const INPUTS = { "optim.lr": 1e-3 };

function stageIn(folder: string, changes: Partial<Stage> = {}): Stage {
  return { task: "train", folder, args: [], inputs: INPUTS, hash: "a", numSteps: 9, ...changes };
}

gpuTest(
  "stageStatus() tells trainings that are done, cut off or outdated apart",
  (gpu) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      const kind = async (changes?: Partial<Stage>) =>
        (await stageStatus(stageIn(run, changes))).kind;
      assertEquals(await kind(), "to do");
      await Deno.mkdir(run);
      await writeRecord(run, "train", { hash: "a", inputs: INPUTS, seconds: 1 });
      // It was stopped before its first checkpoint.
      assertEquals(await kind(), "to do");

      await writeTinyCheckpoint(gpu, run);
      assertEquals(await stageStatus(stageIn(run)), {
        kind: "cut off",
        note: `${run}, step ${TINY_STEP} of 9`,
      });
      assertEquals(await kind({ numSteps: TINY_STEP }), "done");
      const other = stageIn(run, { hash: "b", inputs: { "optim.lr": 2e-3 } });
      assertEquals(await stageStatus(other), {
        kind: "outdated",
        note: `${run} was made otherwise: optim.lr was 0.001, is 0.002`,
      });
      assertEquals(await kind({ task: "distill" }), "outdated");

      await Deno.writeTextFile(`${run}/${RECORDS_FILE}`, "{");
      assertStringIncludes((await stageStatus(stageIn(run))).note, "nobody knows");
      await Deno.writeTextFile(`${run}/checkpoints/000000${TINY_STEP}/state.json`, "{");
      await assertRejects(() => stageStatus(stageIn(run)), CheckpointError, "state.json");
    }),
);

Deno.test("stageStatus() takes an evaluation for done when file and record are there", () =>
  withFolder(async (folder) => {
    const stage = stageIn(folder, { task: "evaluate" });
    const kind = async () => (await stageStatus(stage)).kind;
    assertEquals(await kind(), "to do");
    await writeRecord(folder, "evaluate", { hash: "a", inputs: INPUTS, seconds: 1 });
    assertEquals(await kind(), "to do");
    const settings = { numSteps: [1], gammas: [0], numSamples: 1, seed: 0 };
    const common = { format: "flm-evaluation", version: 1, model: "flm", step: 1 } as const;
    await writeEvaluation(folder, { ...common, settings, results: [] });
    assertEquals(await kind(), "done");
    await writeRecord(folder, "train", { hash: "c", inputs: {}, seconds: 1 });
    assertEquals(await kind(), "done");
    assertEquals(Object.keys(await readRecords(folder)), ["evaluate", "train"]);
    await writeRecord(folder, "evaluate", { hash: "b", inputs: INPUTS, seconds: 1 });
    assertEquals(await kind(), "to do");
    await writeRecord(folder, "evaluate", { hash: "a", inputs: INPUTS, seconds: 1 });
    await Deno.writeTextFile(`${folder}/evaluation.json`, "[]");
    assertEquals(await kind(), "to do");
  }));

Deno.test("stageStatus() takes samples for judged when the judge's results and a record are there", () =>
  withFolder(async (folder) => {
    const stage = stageIn(folder, { task: "gen-ppl", judge: "owner/judge" });
    const kind = async (changes: Partial<Stage> = {}) =>
      (await stageStatus({ ...stage, ...changes })).kind;
    await writeRecord(folder, "gen-ppl", { hash: "a", inputs: INPUTS, seconds: 1 });
    assertEquals(await kind(), "to do");
    await Deno.mkdir(`${folder}/gen-ppl/judge`, { recursive: true });
    const results = { format: "flm-gen-ppl", version: 1, results: [] };
    await Deno.writeTextFile(`${folder}/gen-ppl/judge/results.json`, JSON.stringify(results));
    assertEquals(await kind(), "done");
    assertEquals(await kind({ judge: "owner/other" }), "to do");
    assertEquals(await kind({ hash: "b" }), "to do");
    await Deno.writeTextFile(`${folder}/gen-ppl/judge/results.json`, "[]");
    assertEquals(await kind(), "to do");
  }));

Deno.test("differences() names what changed, the first few", () => {
  const hash = (digit: string) => digit.repeat(64);
  assertEquals(
    differences({ a: 1, b: hash("1"), c: null, same: [1] }, { a: 2, b: hash("2"), same: [1] }),
    "a was 1, is 2; b has changed; c was null, is nothing",
  );
  assertEquals(differences({}, { a: 1, b: 1, c: 1, d: 1, e: 1 }).split("; ").at(-1), "2 more");
});
