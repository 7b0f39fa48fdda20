/**
 * The judge that a model's own recipe makes.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { runNames } from "../../lib/cli/names.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { ownJudge } from "../../tasks/gen_ppl/own_judge.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

gpuTest(
  "ownJudge() is the run of the recipe's autoregressive model, or says how to make it",
  (gpu) =>
    withFolder(async (run) => {
      await writeTinyCheckpoint(gpu, run, { dataHash: crypto.randomUUID() });
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

gpuTest(
  "ownJudge() names other runs that learned from the same data",
  (gpu) =>
    withFolder(async (run) => {
      const id = crypto.randomUUID();
      const [flm, ar, other] = ["", "-ar", "-other-ar"].map((end) => `test-${id}${end}`);
      await writeTinyCheckpoint(gpu, run, { dataHash: id });
      try {
        await writeTinyCheckpoint(gpu, `runs/${flm}`, { dataHash: id });
        await writeTinyCheckpoint(gpu, `runs/${other}`, { kind: "ar", dataHash: "other" });
        const missing = `whose run runs/tiny-ar is not there. `;
        await assertRejects(() => ownJudge(run), CheckpointError, `${missing}Train it with `);
        await writeTinyCheckpoint(gpu, `runs/${ar}`, { kind: "ar", dataHash: id });
        assertEquals([flm, ar, other].filter((name) => !runNames().includes(name!)), []);
        await assertRejects(
          () => ownJudge(run),
          CheckpointError,
          `${missing}Of the same data there is ${ar}: give --judge ${ar}, or train the recipe's ` +
            `with deno task train-ar ${run}/config.yaml.`,
        );
      } finally {
        for (const name of [flm, ar, other]) {
          await Deno.remove(`runs/${name}`, { recursive: true }).catch(() => {});
        }
      }
    }),
);
