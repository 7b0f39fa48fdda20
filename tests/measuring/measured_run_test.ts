/**
 * Runs that are to be measured.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError, FlmError } from "../../lib/errors.ts";
import { openMeasured, resultsFolder } from "../../tasks/measuring/measured_run.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

Deno.test("resultsFolder() lies outside of checkpoints, which are removed", () => {
  assertEquals(resultsFolder("runs/a"), "runs/a");
  assertEquals(resultsFolder("runs/a/checkpoints/0000015"), "runs/a/step-15");
  assertEquals(resultsFolder("/x/a/checkpoints/0000015/"), "/x/a/step-15");
});

gpuTest(
  "openMeasured() refuses what cannot be measured, or where nothing can be written",
  (gpu) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      const open = () => openMeasured(run, `${run}/gen-ppl/result.json`);
      await assertRejects(open, CheckpointError, `No checkpoint at ${run}`);
      await writeTinyCheckpoint(gpu, run, { kind: "ar" });
      await assertRejects(
        open,
        CheckpointError,
        `${run} holds a model that does not write text: autoregressive model`,
      );
      await writeTinyCheckpoint(gpu, run);
      assertEquals((await open()).state.step, TINY_STEP);
      await Deno.writeTextFile(`${run}/gen-ppl`, "");
      await assertRejects(open, FlmError, `Cannot write ${run}/gen-ppl`);
      const url = "http://127.0.0.1/run";
      await assertRejects(() => openMeasured(url, `${url}/a.json`), FlmError, "Copy the run");
    }),
);
