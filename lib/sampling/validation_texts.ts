/**
 * The texts that a run writes at its validations, and what is measured of them.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { generativePerplexity, scoreTexts } from "../eval/generative_perplexity.ts";
import type { Judge } from "../eval/judge.ts";
import { measureSamples } from "../eval/metrics.ts";
import type { Method } from "../methods/base/method.ts";
import type { TextSampler } from "../methods/base/writer.ts";
import { NO_CLASS } from "../ops/argmax.ts";
import { beginWork, type LongWork } from "../system/long_work.ts";
import type {
  ValidatedModel,
  ValidationSamples,
  WriteSamples,
} from "../train/validation_samples.ts";

/** Texts that are written at the same time. */
const BATCH = 16;

/** What {@linkcode validationTexts} needs. */
export interface ValidationTextsOptions {
  /** How texts are written. */
  readonly method: Pick<Method, "writer">;
  /** Its `sampling` says in how many steps, and with which seed. */
  readonly config: Config;
  /** Says how likely the texts are; they have no perplexity unless given. */
  readonly judge?: Judge;
}

/**
 * Writes `train.evalSamples` texts with each of `sampling.numSteps`: the same noise each time, so
 * that validations can be compared. A model that writes no text has none.
 */
export function validationTexts(
  { method: { writer }, config, judge }: ValidationTextsOptions,
): WriteSamples {
  return async (model) => {
    const { network, teacher, schedule, train: { evalSamples } } = model;
    if (writer === null || evalSamples === 0) return [];
    using sampler = await writer.open({ network, teacher, schedule });
    const numDraws = config.sampling.numSteps.reduce((a, b) => a + b) *
      Math.ceil(evalSamples / BATCH);
    using work = beginWork("write texts", numDraws, "step");
    const found: ValidationSamples[] = [];
    for (const numSteps of config.sampling.numSteps) {
      const tokens = await drawTokens(sampler, model, numSteps, config.sampling.seed, work);
      // What follows from numbers that are none is no text.
      if (tokens.some((ids) => ids.includes(NO_CLASS))) continue;
      const texts = tokens.map((ids) => model.tokenizer.decode(ids));
      const { data } = config;
      const metrics = {
        ...measureSamples(data, { texts, tokens, length: data.length }),
        ...(judge && {
          perplexity: generativePerplexity(await scoreTexts(judge, texts)).perplexity,
        }),
      };
      found.push({ numSteps, metrics, texts });
    }
    return found;
  };
}

async function drawTokens(
  sampler: TextSampler,
  { network: { gpu, config: { length } }, train: { evalSamples } }: ValidatedModel,
  numSteps: number,
  seed: number,
  work: LongWork,
): Promise<Uint32Array[]> {
  const tokens: Uint32Array[] = [];
  for (let firstSample = 0; firstSample < evalSamples; firstSample += BATCH) {
    const numSamples = Math.min(BATCH, evalSamples - firstSample);
    const draw = {
      ...{ seed, firstSample, numSamples, numSteps, renewal: 0, held: undefined },
      ...{ guesses: false, sharpening: { temperature: 1, topP: 1 } },
    };
    for await (const state of sampler.draw(draw)) {
      work.add(1);
      if (state.tokens === undefined) continue;
      const ids = await gpu.readU32(state.tokens);
      for (let at = 0; at < ids.length; at += length) tokens.push(ids.slice(at, at + length));
    }
  }
  return tokens;
}
