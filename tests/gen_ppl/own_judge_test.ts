/**
 * The judge that a model's own recipe makes.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { ownJudge } from "../../tasks/gen_ppl/own_judge.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

gpuTest(
  "ownJudge() is the run of the recipe's autoregressive model, or says how to make it",
  (gpu) =>
    withFolder(async (run) => {
      await writeTinyCheckpoint(gpu, run);
      await assertRejects(
        () => ownJudge(run),
        CheckpointError,
        `whose run runs/tiny-ar is not there. Train it with deno task train-ar ` +
          `${run}/config.yaml, or name another judge.`,
      );
      await Deno.mkdir(`runs/tiny-ar`, { recursive: true });
      try {
        assertEquals(await ownJudge(run), `${Deno.cwd()}/runs/tiny-ar`);
      } finally {
        await Deno.remove(`runs/tiny-ar`);
      }
    }),
);
