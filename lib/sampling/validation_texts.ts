/**
 * The texts that a run writes at its validations, and what is measured of them.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { firstBlocks } from "../data/shards/blocks.ts";
import { generativePerplexity, scoreTexts } from "../eval/generative_perplexity.ts";
import type { Judge } from "../eval/judge.ts";
import { LIKE_REAL_TEXT, measureSamples } from "../eval/metrics.ts";
import type { Method } from "../methods/base/method.ts";
import type { TextSampler } from "../methods/base/writer.ts";
import { NO_CLASS } from "../ops/argmax.ts";
import { beginWork, type LongWork } from "../system/long_work.ts";
import { PERPLEXITY } from "../train/best.ts";
import {
  COMPARED_TEXTS,
  type ValidatedModel,
  type ValidationSamples,
  type WriteSamples,
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
  let ofText: ValidationSamples["ofText"];
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
      ofText ??= await measureText(model, config, judge);
      const { texts, metrics } = await measure(tokens, model, config, judge);
      found.push({ numSteps, metrics, texts, ...(ofText && { ofText }) });
    }
    return found;
  };
}

/** Texts of some tokens, and what is measured of them. */
async function measure(
  tokens: readonly Uint32Array[],
  { tokenizer }: ValidatedModel,
  { data }: Config,
  judge: Judge | undefined,
): Promise<Pick<ValidationSamples, "texts" | "metrics">> {
  const texts = tokens.map((ids) => tokenizer.decode(ids));
  const metrics = measureSamples(data, { texts, tokens, length: data.length });
  if (judge === undefined) return { texts, metrics };
  const { perplexity } = generativePerplexity(await scoreTexts(judge, texts));
  return { texts, metrics: { ...metrics, [PERPLEXITY]: perplexity } };
}

/** What validation text has of the metric by which the best checkpoint is kept, if it is such. */
async function measureText(
  model: ValidatedModel,
  config: Config,
  judge: Judge | undefined,
): Promise<ValidationSamples["ofText"]> {
  const { blocks, train: { keepBest, evalSamples } } = model;
  if (keepBest === null || ![...LIKE_REAL_TEXT, PERPLEXITY].includes(keepBest)) return undefined;
  const tokens = firstBlocks(blocks, Math.max(COMPARED_TEXTS, evalSamples));
  if (tokens.length === 0) return undefined;
  const asked = keepBest === PERPLEXITY ? judge : undefined;
  const { metrics } = await measure(tokens, model, config, asked);
  return { [keepBest]: metrics[keepBest] ?? null };
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
