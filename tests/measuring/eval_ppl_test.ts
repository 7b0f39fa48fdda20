/**
 * The task that measures models on validation data.
 *
 * @module
 */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CheckpointError, DataError } from "../../lib/errors.ts";
import { evalPpl, evalPplFile, writeEvalPpl } from "../../tasks/measuring/eval_ppl.ts";
import { evalPplTable } from "../../tasks/measuring/eval_ppl_table.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const SETTINGS = { weights: "ema", numBlocks: 3, numTimes: 5, seed: 1 } as const;

gpuTest(
  "evalPpl() measures both kinds of weights and writes what it found",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const ema = await evalPpl(gpu, run, SETTINGS, 4);
      const model = await evalPpl(gpu, run, { ...SETTINGS, weights: "model" }, 4);
      for (const found of [ema, model]) assertEquals(await writeEvalPpl(run, found), []);
      assert(Math.abs(ema.loss - model.loss) > 1e-3);
      assertEquals([ema.model, ema.step, ema.numSamples], ["flm", TINY_STEP, 3]);
      const head = { format: "flm-eval-ppl", version: 2 };
      const read = async (path: string) => JSON.parse(await Deno.readTextFile(path));
      assertEquals(await read(`${run}/eval-ppl.json`), { ...head, ...ema });
      assertEquals(await read(evalPplFile(run, "model")), { ...head, ...model });
      assertEquals(model.checkpoint, ema.checkpoint);
      const settings = { ...ema.settings, numTimes: 9, precision: "f16" } as const;
      assertEquals(await writeEvalPpl(run, { ...ema, settings }), [
        "--num-times was 5, is 9",
        '--precision was nothing, is "f16"',
      ]);
      await Deno.writeTextFile(`${run}/eval-ppl.json`, "{");
      assertEquals(await writeEvalPpl(run, ema), [], "what was there is damaged");
      // What is written into a checkpoint is removed with it.
      const checkpoint = `${run}/checkpoints/000000${TINY_STEP}`;
      await writeEvalPpl(checkpoint, await evalPpl(gpu, checkpoint, SETTINGS, 4));
      assertEquals(await read(`${run}/step-${TINY_STEP}/eval-ppl.json`), { ...head, ...ema });
      const other = await evalPpl(gpu, run, SETTINGS, 15);
      assertAlmostEquals(other.loss, ema.loss, 1e-6);
      const { rows } = evalPplTable([{ run, found: { ...ema, byTime: [1, NaN, 2, 3] } }]);
      assertEquals(rows[0]!.slice(4), ["1", "", "2", "3"]);
      const [single] = evalPplTable([{ run, found: { ...ema, standardError: NaN } }]).rows;
      assertEquals(single![3], "none");
      const whole = [ema, { ...ema, loss: 12.5, standardError: 0.25 }].map((found) => ({
        run,
        found,
      }));
      const points = evalPplTable(whole).rows.map((row) => row[2]!.split(".")[1]!.length);
      assertEquals(points[0], points[1]);
    }),
);

gpuTest(
  "evalPpl() takes denoiser flow maps, and refuses other flow maps and missing data",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { kind: "psd", data });
      assertEquals((await evalPpl(gpu, run, SETTINGS, 8)).model, "psd");
      for (const kind of ["semigroup", "second_stage"] as const) {
        await writeTinyCheckpoint(gpu, run, { kind, data });
        await assertRejects(() => evalPpl(gpu, run, SETTINGS, 8), CheckpointError, "teacher");
      }
      const older = { ...data, validationFraction: 0.3 };
      await writeTinyCheckpoint(gpu, run, { data: older, dataHash: "older" });
      await assertRejects(
        () => evalPpl(gpu, run, SETTINGS, 8),
        DataError,
        `${run} was trained on: data.validationFraction was 0.3, is 0.1`,
      );
      await writeTinyCheckpoint(gpu, run, { data: { ...data, dir: `${data.dir}-none` } });
      await assertRejects(() => evalPpl(gpu, run, SETTINGS, 8), DataError, "-none");
      await writeTinyCheckpoint(gpu, run, { kind: "ar", data });
      const refused = await assertRejects(
        () => evalPpl(gpu, `${run}/checkpoints/000000${TINY_STEP}`, SETTINGS, 8),
        CheckpointError,
        "holds an autoregressive model, which says nothing of",
      );
      // What does it: a run is watched, not one of its checkpoints.
      for (const does of [`task watch ${run} shows`, `task gen-ppl RUN --judge ${run} has`]) {
        assertStringIncludes(refused.message, does);
      }
      await assertRejects(() => evalPpl(gpu, `${run}-none`, SETTINGS, 8), CheckpointError);
    }),
);
