/**
 * Texts in one step: by the model that comes with flm, and by networks of the paper's sizes, whose
 * weights are drawn and take the same time as others.
 *
 * @module
 */

import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { networkConfig } from "../../lib/methods/base/network_config.ts";
import { psd } from "../../lib/methods/psd/mod.ts";
import { Dit } from "../../lib/model/dit.ts";
import { ditParameterSpecs } from "../../lib/model/dit_specs.ts";
import { initialise } from "../../lib/model/initialise.ts";
import { countParameters } from "../../lib/model/parameters.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { recipeConfig, type RecipeName, RECIPES, recipeTokens } from "./recipes.ts";
import type { CardContext, CardItem, CardSection } from "./section_types.ts";

/** Seconds of a figure, at most. */
const SECONDS = 3;
/** Texts at a time. */
const BATCHES = { cpu: [1, 16], gpu: [1, 16, 128] };
/** Draws of texts, at most. */
const MOST = 50;

/** The section. */
export const sampling: CardSection = {
  title: "Texts in one step",
  weight: 1,
  items: (context) => [
    ...BATCHES[context.gpu.kind].map((texts) => showcase(context, texts)),
    ...(["lm1b", "owt"] as const).flatMap((name) =>
      BATCHES[context.gpu.kind].map((texts) => drawn(context, name, texts))
    ),
  ],
};

function showcase(context: CardContext, texts: number): CardItem {
  return {
    name: `showcase, ${texts}`,
    async run() {
      using model = await FlowLanguageModel.load(undefined, { gpu: context.gpu });
      let first = "";
      const write = async (seed: number) => {
        const options = { numSamples: texts, batchSize: texts, numSteps: 1, seed };
        first = (await model.sample(options))[0]!.text;
      };
      const seconds = await timeDraws(context, write);
      tellTexts(context, {
        ...{ name: "showcase", texts, seconds, length: model.network.config.length },
        note: `the last one begins: ${first.slice(0, 60)}`,
      });
    },
  };
}

function drawn(context: CardContext, name: RecipeName, texts: number): CardItem {
  const { gpu, memoryBytes, flops } = context;
  return {
    name: `${name}, ${texts}`,
    async run() {
      const config = await recipeConfig(name);
      const model = {
        ...networkConfig(config, recipeTokens(name)),
        ...{ dropout: 0, doubleTemb: true },
      };
      const { length, hiddenSize } = model;
      const parameters = countParameters(ditParameterSpecs(model));
      if (4 * (parameters + 24 * texts * length * hiddenSize) > memoryBytes) {
        return "it needs more memory than there is";
      }
      // The noise is as wide as the vocabulary, and passes through the embedding once.
      const work = 2 * texts * length * (parameters + RECIPES[name] * hiddenSize);
      if (3 * work / flops > 2 * context.share()) return "it would take too long";
      using network = Dit.create(gpu, model, false);
      initialise(network, 1, { headInit: "embedding" });
      const schedule = new GammaSchedule(model.vocabSize);
      using sampler = await psd.writer!.open({ network, teacher: undefined, schedule });
      const write = async (seed: number) => {
        const draw = {
          ...{ seed, firstSample: 0, numSamples: texts, numSteps: 1, renewal: 0, held: undefined },
          ...{ sharpening: { temperature: 1, topP: 1 }, guesses: false },
        };
        for await (const { tokens } of sampler.draw(draw)) {
          if (tokens !== undefined) await gpu.readU32(tokens);
        }
      };
      const seconds = await timeDraws(context, write);
      tellTexts(context, { name, texts, seconds, length, note: "random weights" });
    },
  };
}

/** Seconds of a draw, tokens read back; the first one compiles and is no part of it. */
async function timeDraws(
  { share }: CardContext,
  write: (seed: number) => Promise<void>,
): Promise<number> {
  await write(0);
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const end = Math.min(SECONDS, share());
  let count = 0;
  do await write(++count); while (count < MOST && elapsed() < end);
  return elapsed() / count;
}

function tellTexts(
  { tell }: CardContext,
  { name, texts, seconds, length, note }: {
    name: string;
    texts: number;
    seconds: number;
    length: number;
    note: string;
  },
): void {
  tell({
    ...{ event: "figure", name, way: `${texts} at a time`, shape: `${length} tokens` },
    ...{ seconds, clock: "host", rate: texts / seconds, unit: "texts/s" },
    ...{ flops: null, peak: null, isChosen: true, note },
  });
}
