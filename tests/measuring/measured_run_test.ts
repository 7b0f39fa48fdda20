/**
 * Runs that are to be measured.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { exportHubFolder } from "../../lib/checkpoint/models/export_hub.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
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

Deno.test("resultsFolder() is one of its own for models that are no runs, or are elsewhere", () => {
  const names = [
    ["tests/golden/ckpt/tiny_flm.ckpt", /^runs\/measured\/tiny_flm-[0-9a-f]{8}$/],
    ["other/tiny_flm.ckpt", /^runs\/measured\/tiny_flm-[0-9a-f]{8}$/],
    ["https://example.org/a/run?key=1", /^runs\/measured\/run-[0-9a-f]{8}$/],
    ["hf:me/FLM-B@v1", /^runs\/measured\/FLM-B-[0-9a-f]{8}$/],
    ["hf:me/FLM-B:a b.ckpt", /^runs\/measured\/a-b-[0-9a-f]{8}$/],
  ] as const;
  for (const [location, expected] of names) assertMatch(resultsFolder(location), expected);
  assertEquals(new Set(names.map(([location]) => resultsFolder(location))).size, names.length);
});

gpuTest("openMeasured() opens models that are no runs", (gpu) =>
  withFolder(async (folder) => {
    const path = "tests/golden/ckpt/tiny_fmlm_compiled.ckpt";
    const notes: string[] = [];
    const how = { tokenizer: "ids", onNote: (note: string) => notes.push(note) };
    const model = await openMeasured(path, `${folder}/a.json`, how);
    assertEquals([model.state.kind, notes.length], ["psd", 1]);
    await writeTinyCheckpoint(gpu, `${folder}/run`);
    await exportHubFolder(await openModel(`${folder}/run`), {
      weights: "ema",
      out: `${folder}/hub`,
      card: "",
    });
    const hub = await openMeasured(`${folder}/hub`, `${folder}/a.json`);
    assertEquals(hub.state.step, TINY_STEP);
    assertMatch(resultsFolder(`${folder}/hub`), /^runs\/measured\/hub-/);
  }));

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
      const elsewhere = () => openMeasured(url, `${folder}/a.json`);
      await assertRejects(elsewhere, CheckpointError, `No checkpoint at ${url}`);
    }),
);
