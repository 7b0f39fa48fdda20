/**
 * Training steps: at the sizes of the recipes, and on text.
 *
 * @module
 */

import type { Config } from "../../lib/config/config.ts";
import { TrainingBatches } from "../../lib/data/batches/batches.ts";
import { type BlockSource, memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { openShards } from "../../lib/data/shards/shards.ts";
import { OutOfMemoryError } from "../../lib/errors.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { trainingOf } from "../../lib/methods/train_run.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { planTraining, type TrainingPlan } from "../../lib/planning/training_plan.ts";
import type { Tokenizer } from "../../lib/text/tokenizer.ts";
import { exists } from "../../lib/system/exists.ts";
import { Trainer } from "../../lib/train/trainer.ts";
import type { Profile } from "./events.ts";
import { recipeConfig, type RecipeName, RECIPES, recipeTokens, recipeTraining } from "./recipes.ts";
import type { CardContext, CardItem, CardSection } from "./section_types.ts";

type Precision = "f32" | "mixed";

/** Seconds of measured steps, at most. */
const SECONDS = 8;
/** Steps at least: the first compiles and is no part of the figure. */
const LEAST = 3;
/** Kernels that are shown of a step. */
const MOST_KERNELS = 12;
/** The shards that come with a kit. */
const SHARDS = new URL("../../shards/kit", import.meta.url).pathname;
/** Steps of the training on text. */
const TEXT_STEPS = { cpu: 120, gpu: 400 };

/** The section. */
export const training: CardSection = {
  title: "Training steps",
  weight: 3,
  items(context) {
    const precisions: Precision[] = context.gpu.hasF16 ? ["f32", "mixed"] : ["f32"];
    return [
      ...(Object.keys(RECIPES) as RecipeName[]).flatMap((name) =>
        precisions.map((precision) => stepOf(context, name, precision))
      ),
      ...precisions.map((precision) => textOf(context, precision)),
    ];
  },
};

/** A trainer on a device, with a network of its own. */
class Steps implements Disposable {
  readonly trainer: Trainer;
  readonly #owned: DisposableStack;

  constructor(gpu: Gpu, config: Config, tokens: Tokenizer, blocks: BlockSource) {
    using owned = new DisposableStack();
    const training = trainingOf(methodOf("flm"), { config, tokenizer: tokens, frozen: {} });
    const { modelConfig, networkClass, train, optim } = training;
    const model = owned.use(networkClass.create(gpu, modelConfig, true));
    training.start(model);
    const objective = training.objective({
      model,
      batches: new TrainingBatches(blocks, { seed: config.seed, batchSize: train.batchSize }),
      schedule: new GammaSchedule(modelConfig.vocabSize),
      ...{ seed: config.seed, numMicroBatches: 1, noise: config.flow.noise ?? "explicit" },
    });
    const { numSteps, precision } = train;
    this.trainer = owned.use(new Trainer({ model, objective, optim, numSteps, precision }));
    this.#owned = owned.move();
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}

/** What a step of a recipe takes, with the largest micro-batch that there is room and time for. */
async function planStep(
  { gpu, memoryBytes, flops, share }: CardContext,
  name: RecipeName,
  precision: Precision,
): Promise<TrainingPlan | string> {
  const { train: { batchSize, microBatchSize } } = await recipeConfig(name);
  const { kind, maxBindingBytes } = gpu;
  const whyNot = (plan: TrainingPlan) => {
    const seconds = LEAST * plan.flops / flops;
    if (plan.held > memoryBytes) {
      return `it takes ${gib(plan.held)} GiB, and ${gib(memoryBytes)} are there`;
    }
    if (seconds <= 1.5 * share()) return null;
    return `it would take some ${Math.ceil(seconds)} s, and ${Math.floor(share())} are left for it`;
  };
  const plan = async (blocks: number): Promise<TrainingPlan | string> => {
    const planned = await recipeTraining(name, blocks, precision);
    try {
      const found = await planTraining({ ...planned, device: { kind, maxBindingBytes } });
      return whyNot(found) ?? found;
    } catch (error) {
      // A buffer is larger than what this card binds.
      if (error instanceof OutOfMemoryError) return error.message;
      throw error;
    }
  };
  // Of a card that is too small for one block nothing else needs to be asked.
  const least = await plan(1);
  if (typeof least === "string") return `even a block at a time is too much: ${least}`;
  for (let blocks = microBatchSize ?? batchSize; blocks > 1; blocks = Math.floor(blocks / 2)) {
    const larger = await plan(blocks);
    if (typeof larger !== "string") return larger;
  }
  return least;
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function stepOf(context: CardContext, name: RecipeName, precision: Precision): CardItem {
  const { gpu, tell } = context;
  return {
    name: `step of ${name}, ${precision}`,
    async run() {
      const plan = await planStep(context, name, precision);
      if (typeof plan === "string") return plan;
      const { microBatchSize: blocks, flops, held } = plan;
      const { config } = await recipeTraining(name, blocks, precision);
      const { length } = config.data;
      using steps = new Steps(gpu, config, recipeTokens(name), drawnBlocks(name, blocks, length));
      const { trainer } = steps;
      const once = async (count: number) => {
        const start = performance.now();
        for (let i = 0; i < count; i++) await trainer.recordStep();
        await trainer.drain();
        return (performance.now() - start) / 1000;
      };
      const first = await once(1);
      const second = await once(1);
      const time = Math.min(SECONDS, context.share() - first - second);
      const count = Math.max(1, Math.min(200, Math.round(time / second)));
      const seconds = await once(count) / count;
      const tokens = blocks * length;
      tell({
        ...{ event: "figure", name, way: precision, seconds, clock: "host" },
        shape: `${blocks} blocks of ${length}`,
        ...{ rate: tokens / seconds, unit: "tokens/s", flops: flops / seconds },
        peak: precision === "mixed" && gpu.matrixUnits !== undefined ? "matrix" : "f32",
        isChosen: true,
        note: `first step ${first.toFixed(1)} s, ${gib(held)} GiB`,
      });
      if (second > context.share()) return;
      gpu.startProfile();
      await trainer.recordStep();
      const rows = await gpu.endProfile();
      await trainer.drain();
      tell(profileOf(name, precision, rows));
    },
  };
}

function profileOf(
  name: string,
  way: string,
  rows: Awaited<ReturnType<Gpu["endProfile"]>>,
): Profile {
  const total = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  return {
    ...{ event: "profile", name, way },
    rows: rows.slice(0, MOST_KERNELS).map(({ kernel, calls, seconds, flops, bytes }) => ({
      ...{ kernel, calls, seconds, share: total > 0 ? seconds / total : 0 },
      ...{ flops: seconds > 0 ? flops / seconds : 0, bytes: seconds > 0 ? bytes / seconds : 0 },
    })),
  };
}

/** Blocks of tokens that say nothing, of all of the vocabulary: steps take as long as others. */
function drawnBlocks(name: RecipeName, blocks: number, length: number): BlockSource {
  const tokens = Uint32Array.from(
    { length: 4 * blocks * length },
    (_, i) => (i * 7919) % (RECIPES[name] - 1),
  );
  return memoryBlocks(tokens, length);
}

/** A training on the text that comes with the kit, in the demo's size: its loss must fall. */
function textOf(context: CardContext, precision: Precision): CardItem {
  const { gpu, tell } = context;
  return {
    name: `training on text, ${precision}`,
    async run() {
      if (!await exists(SHARDS)) return "no shards are there: these come with a kit";
      using shards = await openShards(SHARDS);
      const { vocabSize } = shards.manifest.tokenizer;
      const numSteps = TEXT_STEPS[gpu.kind];
      const config = await recipeConfig("demo", {
        "train.precision": precision,
        "train.numSteps": `${numSteps}`,
      });
      const tokens = { vocabSize, padId: vocabSize - 1 } as Tokenizer;
      using steps = new Steps(gpu, config, tokens, shards.blocks("train"));
      const { trainer } = steps;
      const losses: number[] = [];
      const start = performance.now();
      const elapsed = () => (performance.now() - start) / 1000;
      const time = Math.min(2 * SECONDS, context.share());
      while (losses.length < numSteps && (losses.length < 20 || elapsed() < time)) {
        for (let i = 0; i < 10; i++) await trainer.recordStep();
        losses.push(...(await trainer.drain()).map(({ loss }) => loss));
      }
      const tenth = Math.ceil(losses.length / 10);
      const mean = (part: readonly number[]) => part.reduce((sum, x) => sum + x, 0) / part.length;
      tell({
        ...{ event: "losses", name: "demo's size, on text", way: precision },
        steps: losses.length,
        first: mean(losses.slice(0, tenth)),
        last: mean(losses.slice(-tenth)),
        seconds: elapsed(),
      });
    },
  };
}
