import { assert, assertEquals, assertRejects } from "@std/assert";
import { Checkpoint } from "../../../lib/checkpoint/checkpoint.ts";
import { ValidationBatches } from "../../../lib/data/batches/batches.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { CheckpointError, DataError } from "../../../lib/errors.ts";
import { ArJudge } from "../../../lib/eval/ar_judge.ts";
import { tokenEntropy } from "../../../lib/eval/entropy.ts";
import { methodOf } from "../../../lib/methods/table.ts";
import { trainRun } from "../../../lib/methods/train_run.ts";
import { FlowLanguageModel } from "../../../lib/sampling/flow_language_model.ts";
import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";
import { readMetrics } from "../../../lib/train/metrics.ts";
import { gpuTest } from "../../testing/gpu.ts";
import { forgetHashes } from "../../testing/tiny_checkpoint.ts";
import { withTinyRun } from "../../testing/tiny_run.ts";

gpuTest(
  "an autoregressive run learns, resumes to the bit, and judges",
  (gpu) =>
    withTinyRun(1, async (flm, run) => {
      const config = {
        ...flm,
        ar: {
          train: { ...flm.ar.train, numSteps: 60, evalEvery: 0, checkpointEvery: 100 },
          optim: { ...flm.ar.optim, lr: 1e-2 },
        },
      };
      const method = methodOf("ar");
      const tokenizer = await createTokenizer("text8");
      await trainRun({ gpu, config, method, run, resume: false });
      const stop = new AbortController();
      const cut = { gpu, config, method, run: `${run}-cut` };
      const onSteps = ({ step }: { step: number }) => step >= 7 && stop.abort();
      const first = await trainRun({ ...cut, resume: false, signal: stop.signal, onSteps });
      assert(first.interrupted && first.step < 60, `stopped at ${first.step}`);
      await trainRun({ ...cut, resume: true });
      const contents = async (folder: string) => {
        const { location, state } = await Checkpoint.open(folder);
        const records = await readMetrics(`${folder}/metrics.jsonl`);
        const metrics = records.map(({ kind, step, loss }) => ({ kind, step, loss }));
        const weights = await Deno.readFile(`${location}/model.safetensors`);
        return { step: state.step, kind: state.kind, metrics, weights };
      };
      const whole = await contents(run);
      assertEquals(whole.kind, "ar");
      assertEquals(await contents(`${run}-cut`), whole);

      using judge = await ArJudge.load(run, { gpu });
      assertEquals([judge.name, judge.contextLength, judge.startId], [run, 12, tokenizer.bosId]);
      using shards = await openShards(config.data.dir, { tokenizer, length: 12 });
      const batches = new ValidationBatches(shards.blocks("validation"), 5);
      const ids: number[] = [];
      const scores: number[] = [];
      for (let i = 0; i < batches.numBatches; i++) {
        const batch = batches.read(i);
        ids.push(...batch);
        scores.push(...await judge.score(batch, 12));
      }
      const nll = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const unigram = tokenEntropy(new Uint32Array(ids));
      assert(nll < 0.8 * unigram, `${nll} nats, ${unigram}`);
      // The validation at the end measures some of the same blocks.
      const last = Number(whole.metrics.findLast(({ kind }) => kind === "validation")!.loss);
      assert(Math.abs(last - nll) < 0.2, `${last}, ${nll}`);

      await assertRejects(() => judge.score(new Uint32Array(13), 13), DataError, "2 to 12");
      await assertRejects(() => judge.score(Uint32Array.of(1, 99), 2), DataError, "token 99");
      await assertRejects(
        () => FlowLanguageModel.load(run, { gpu }),
        CheckpointError,
        "does not write text",
      );
      // A judge of blocks without BOS begins its sequences without one.
      await forgetHashes(`${run}/checkpoints/0000060`);
      const state = `${run}/checkpoints/0000060/state.json`;
      await Deno.writeTextFile(
        state,
        (await Deno.readTextFile(state)).replace('"packing":"stream"', '"packing":"unwrapped"'),
      );
      using unwrapped = await ArJudge.load(run, { gpu });
      assertEquals(unwrapped.startId, null);

      await trainRun({ gpu, config, run: `${run}-flm`, resume: false });
      await assertRejects(
        () => ArJudge.load(`${run}-flm`, { gpu }),
        CheckpointError,
        `it holds a model of kind "flm"`,
      );
    }),
);
