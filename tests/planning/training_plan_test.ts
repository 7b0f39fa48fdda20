/**
 * Plans beside trainings that were measured.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Config, parseConfig, type TrainPrecision } from "../../lib/config/config.ts";
import { DataError, OutOfMemoryError } from "../../lib/errors.ts";
import { ArJudge } from "../../lib/eval/ar_judge.ts";
import { Gpu, type GpuOptions } from "../../lib/gpu/gpu.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { loadTeachers } from "../../lib/methods/teachers.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import type { Recompute } from "../../lib/model/network.ts";
import { planMemory, planTraining } from "../../lib/planning/training_plan.ts";
import { validationTexts } from "../../lib/sampling/validation_texts.ts";
import { tokenizerOf } from "../../lib/text/create_tokenizer.ts";
import { makeShards, withTinyRun } from "../testing/tiny_run.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

/** A training that is planned and measured. */
interface Case {
  kind: string;
  /** What later ones learn from it as. */
  role?: string;
  recompute?: Recompute;
  microBatchSize?: number;
  packing?: Config["data"]["packing"];
  precision?: TrainPrecision;
  noise?: Config["flow"]["noise"];
  hiddenSize?: number;
  device?: GpuOptions;
}

const CASES: readonly Case[] = [
  { kind: "flm", microBatchSize: 4, role: "teacher" },
  { kind: "flm", recompute: "mlp", hiddenSize: 64 },
  { kind: "flm", microBatchSize: 3, recompute: "block", packing: "padded" },
  { kind: "flm", device: { kind: "gpu" } },
  { kind: "flm", microBatchSize: 4, precision: "mixed" },
  { kind: "flm", precision: "mixed", recompute: "block", device: { kind: "gpu" } },
  { kind: "flm", microBatchSize: 4, noise: "projected", hiddenSize: 16 },
  { kind: "flm", microBatchSize: 5, device: { maxBindingBytes: 1 << 15 } },
  { kind: "ar", microBatchSize: 4, recompute: "mlp" },
  { kind: "ar", recompute: "block", device: { kind: "gpu" } },
  { kind: "psd", microBatchSize: 3 },
  { kind: "psd", recompute: "block" },
  { kind: "psd", microBatchSize: 3, precision: "mixed" },
  { kind: "semigroup", microBatchSize: 4, role: "flowMap" },
  { kind: "second_stage", recompute: "mlp" },
];

function configOf(
  tiny: Config,
  { recompute, microBatchSize, packing, hiddenSize, precision, noise }: Case,
): Config {
  const { data, model, train } = tiny;
  return {
    ...tiny,
    flow: { ...tiny.flow, noise: noise ?? tiny.flow.noise },
    data: { ...data, packing: packing ?? "stream", dir: `${data.dir}-${packing ?? "stream"}` },
    model: {
      ...model,
      hiddenSize: hiddenSize ?? 32,
      numBlocks: 2,
      learnableLossWeighting: true,
    },
    train: {
      ...train,
      precision: precision ?? "f32",
      recompute: recompute ?? "none",
      microBatchSize: microBatchSize ?? null,
      evalBatches: 1,
      evalEvery: 0,
    },
  };
}

/** What a device on which there is nothing else says after a training. */
async function measured(
  gpu: Gpu,
  config: Config,
  kind: string,
  runs: Record<string, string>,
  run: string,
): Promise<{ peak: number; held: number }> {
  gpu.trim();
  gpu.resetPeak();
  assertEquals(gpu.memory(), { inUse: 0, peak: 0, reserved: 0 });
  const method = methodOf(kind);
  using teachers = await loadTeachers(gpu, method, runs, config.data);
  await trainRun({ gpu, config, method, frozen: teachers.frozen, run, resume: false });
  const { peak, reserved } = gpu.memory();
  return { peak, held: reserved };
}

Deno.test("planMemory() says what a training takes, to the byte", () =>
  withTinyRun(2, async (tiny, folder) => {
    const runs: Record<string, string> = {};
    using devices = new DisposableStack();
    const opened = new Map<string, Gpu>();
    for (const [i, each] of CASES.entries()) {
      const { kind, role, ...settings } = each;
      const config = configOf(tiny, each);
      await makeShards(config);
      const key = JSON.stringify(each.device ?? {});
      if (!opened.has(key)) opened.set(key, devices.use(await Gpu.open(each.device)));
      const gpu = opened.get(key)!;
      const run = `${folder}/${i}`;
      const found = await measured(gpu, config, kind, runs, run);
      if (role !== undefined) runs[role] = run;

      const device = { kind: gpu.kind, maxBindingBytes: gpu.maxBindingBytes };
      const tokens = await tokenizerOf(config.data);
      const plan = await planMemory({ config, method: methodOf(kind), tokens, device });
      const name = JSON.stringify(each);
      assertEquals(plan.peak, found.peak, name);
      // What is kept for reuse after several steps; projected noise is drawn between them.
      if (each.noise === "projected") assert(Math.abs(plan.held / found.held - 1) < 0.01, name);
      else assertEquals(plan.held, found.held, name);
      const sum = Object.values(plan.bytes).reduce((sum, bytes) => sum + bytes, 0);
      assertEquals(sum, plan.peak, name);
      assert(Object.values(plan.bytes).every((bytes) => bytes >= 0), name);
      assertEquals(plan.recompute, settings.recompute ?? "none");
      assertEquals(plan.precision, settings.precision ?? "f32");
    }
  }));

Deno.test("planMemory() counts the judge of validations, and what it does, if its size is known", () =>
  withTinyRun(2, async (tiny, folder) => {
    const judged = (evalJudge: string | null, keepBest: string | null = null): Config => {
      const config = configOf(tiny, { kind: "flm", microBatchSize: 1 });
      return { ...config, train: { ...config.train, evalSamples: 4, evalJudge, keepBest } };
    };
    const [ar, method] = [methodOf("ar"), methodOf("flm")];
    const config = judged("ar");
    await makeShards(config);
    const run = `${folder}/ar`;
    using gpu = await Gpu.open();
    await trainRun({ gpu, config, method: ar, run, resume: false });
    gpu.trim();
    gpu.resetPeak();
    using judge = await ArJudge.load(run, { gpu });
    const { inUse } = gpu.memory();
    const writeSamples = validationTexts({ method, config, judge });
    await trainRun({
      ...{ gpu, config, method, writeSamples },
      run: `${folder}/flm`,
      resume: false,
    });
    const { peak, reserved } = gpu.memory();

    const tokens = await tokenizerOf(config.data);
    const device = { kind: gpu.kind, maxBindingBytes: gpu.maxBindingBytes };
    const plan = (evalJudge: string | null, kind = "flm") =>
      planMemory({ config: judged(evalJudge), method: methodOf(kind), tokens, device });
    const own = await plan("ar");
    assertEquals([own.bytes.judge, own.uncountedJudge], [inUse, null]);
    assert(Math.abs(own.peak / peak - 1) < 0.05, `${own.peak} planned, ${peak} measured`);
    assert(Math.abs(own.held / reserved - 1) < 0.1, `${own.held} planned, ${reserved} measured`);
    // To keep the best by its perplexity it judges some 64 validation texts, too.
    const [some, more] = await Promise.all(
      [null, "perplexity"].map((keepBest) =>
        planMemory({ config: judged("gpt2", keepBest), method, tokens, device })
      ),
    );
    const logits = 60 * config.data.length * 768 * 4;
    assert(more!.held > some!.held + logits, `${more!.held} and ${some!.held}`);
    // It judges no texts of its own.
    assertEquals((await plan("ar", "ar")).bytes.judge, 0);

    const [none, other] = [await plan(null), await plan("runs/other")];
    assertEquals([none.bytes.judge, none.uncountedJudge], [0, null]);
    assertEquals(other, { ...none, uncountedJudge: "runs/other" });
    for (const name of ["gpt2-large", "openai-community/gpt2-large"]) {
      const { bytes: { judge } } = await plan(name);
      // 774,030,080 parameters in float32, in buffers that are rounded up by an eighth at most.
      assert(judge >= 4 * 774_030_080 && judge < 4.5 * 774_030_080, `${judge} bytes`);
    }
  }));

/** A recipe of some size, which only a dry device could train here. */
const LARGE = parseConfig({
  name: "large",
  flow: { noise: "explicit" },
  data: { source: { kind: "letters" }, length: 256, dir: "shards/none" },
  model: { hiddenSize: 512, numBlocks: 6, numHeads: 8 },
  train: { numSteps: 1000, batchSize: 48 },
});
const TOKENS = { vocabSize: 20000, padId: null };
const large = { config: LARGE, method: methodOf("flm"), tokens: TOKENS };

Deno.test("planTraining() counts operations in proportion to samples, however they are cut", async () => {
  const whole = await planTraining(large);
  const { parameters, microBatchSize, numMicroBatches, flops, traffic } = whole;
  assertEquals([microBatchSize, numMicroBatches], [48, 1]);
  // Six operations a parameter and token, but four of the embedding, which hands no gradient on;
  // or some more or less, and those of attention.
  const tokens = 48 * 256;
  const embedding = TOKENS.vocabSize * LARGE.model.hiddenSize;
  const ofProducts = (6 * parameters - 2 * embedding) * tokens;
  assert(flops > ofProducts && flops < 1.5 * ofProducts, `${flops} beside ${ofProducts}`);
  assert(traffic > 4 * 5 * parameters, `${traffic} bytes`);

  const parts = await planTraining({ ...large, microBatchSize: 7 });
  assertEquals([parts.microBatchSize, parts.numMicroBatches], [7, 7]);
  assert(Math.abs(parts.flops / flops - 1) < 1e-3, `${parts.flops} beside ${flops}`);
  const cards = await planTraining({ ...large, cards: 4 });
  assertEquals([cards.microBatchSize, cards.numMicroBatches], [12, 1]);
  assert(Math.abs(4 * cards.flops / flops - 1) < 1e-3, `${cards.flops} beside ${flops}`);
  assert(cards.peak < whole.peak / 2);

  const again = { ...large, recompute: "block" } as const;
  const recomputed = await planTraining(again);
  assert(recomputed.held < whole.held / 2, `${recomputed.held} beside ${whole.held}`);
  // A forward pass of the blocks more: less than a third, since the head has none.
  assert(recomputed.flops > flops && recomputed.flops < 4 / 3 * flops);
  const { flops: _, traffic: __, ...memory } = recomputed;
  assertEquals(await planMemory(again), memory);
});

for (const optimizer of ["adamw", "muon"]) {
  Deno.test(`planMemory() says what ranks that keep slices for ${optimizer} take, to the byte`, () =>
    withTinyRun(2, async (tiny, folder) => {
      const config = configOf(tiny, { kind: "flm", microBatchSize: 2, hiddenSize: 64 });
      const sharded = {
        ...config,
        train: { ...config.train, shardOptimizer: true },
        optim: { ...config.optim, optimizer },
      };
      await makeShards(config);
      const method = methodOf("flm");
      using devices = new DisposableStack();
      const measured = await Promise.all(
        ranksInOneProcess(2).map(async (ranks) => {
          const gpu = devices.use(await Gpu.open());
          await trainRun({
            ...{ gpu, method, ranks },
            config: sharded,
            run: folder,
            resume: false,
          });
          return gpu;
        }),
      );
      const [{ kind, maxBindingBytes }] = measured as [Gpu, Gpu];
      const device = { kind, maxBindingBytes };
      const tokens = await tokenizerOf(config.data);
      const { peak, held } = await planMemory({
        config: sharded,
        method,
        tokens,
        device,
        cards: 2,
      });
      const most = (of: "peak" | "reserved") =>
        Math.max(...measured.map((gpu) => gpu.memory()[of]));
      assertEquals([most("peak"), most("reserved")], [peak, held]);
    }));

  Deno.test(`planMemory() shares out the state of ${optimizer} over cards, and nothing else`, async () => {
    const plan = async (cards: number, shardOptimizer: boolean) => {
      const train = { ...LARGE.train, shardOptimizer, microBatchSize: 4 };
      const optim = { ...LARGE.optim, optimizer };
      return await planMemory({ ...large, cards, config: { ...LARGE, train, optim } });
    };
    assertEquals(await plan(1, true), await plan(1, false));
    const [whole, sharded] = [await plan(4, false), await plan(4, true)];
    for (const part of ["optimizer", "average"] as const) {
      const share = sharded.bytes[part] / whole.bytes[part];
      // The sizes of buffers are steps of an eighth.
      assert(share >= 1 / 4 && share < 1 / 4 * 9 / 8, `${part}: ${share} of the whole`);
    }
    const state = ({ bytes }: typeof whole) => bytes.optimizer + bytes.average;
    assertEquals(sharded.peak - state(sharded), whole.peak - state(whole));
    assert(sharded.held < whole.held - 2 / 3 * state(whole));
  });
}

Deno.test("planMemory() throws where memory ends, or a buffer is larger than a binding", async () => {
  const { held, peak } = await planMemory(large);
  assert(held >= peak);
  const within = (memoryBytes: number) => planMemory({ ...large, device: { memoryBytes } });
  // What the recorder keeps its parameters in, and what is read back, come on top.
  assertEquals((await within(held + (33 << 20))).held, held);
  await assertRejects(() => within(held), OutOfMemoryError, "There is no memory left");
  await assertRejects(() => within(1e6), OutOfMemoryError, "There is no memory left");
  await assertRejects(
    () => planMemory({ ...large, device: { maxBindingBytes: 1 << 22 } }),
    OutOfMemoryError,
    "this adapter binds at most",
  );
  await assertRejects(() => planMemory({ ...large, cards: 5 }), DataError, "A batch of 48");
});
