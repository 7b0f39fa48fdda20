/**
 * Drawing the samples that are to be scored.
 *
 * @module
 */

import type { Weights } from "../../lib/checkpoint/trained_model.ts";
import { DataError, sentenceOf } from "../../lib/errors.ts";
import { sampleText } from "../../lib/eval/judge_tokens.ts";
import type { SharpenedWay } from "../../lib/eval/sharpened_way.ts";
import { writeFormat } from "../../lib/io/json_file.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import type { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { takesNoRenewal, takesNoSharpening } from "../../lib/sampling/requirements.ts";
import { type Communicator, fromRankZero, ONE_PROCESS } from "../../lib/system/communicator.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { drawTexts } from "../measuring/draw_texts.ts";
import type { Versions } from "./results.ts";
import {
  keptSamples,
  SAMPLES_FORMAT,
  type SamplesFile,
  samplesName,
  type SamplesSettings,
} from "./samples.ts";
import { tokenStatistics } from "./statistics.ts";

/** How samples are drawn. */
export interface DrawOptions {
  /** Where their files lie. */
  readonly folder: string;
  /** The identity of the model's checkpoint. */
  readonly checkpoint: string;
  /** Which weights the model has. */
  readonly weights: Weights;
  /** Numbers of sampler steps. */
  readonly numSteps: readonly number[];
  /** For denoiser flow maps: shares of the noise that a step renews; null for 0. */
  readonly gammas: readonly number[] | null;
  /** What is done to predictions, in turn. */
  readonly sharpening: readonly SharpenedWay[];
  /** Samples for each of them. */
  readonly numSamples: number;
  /** Of the noise. */
  readonly seed: number;
  /** Samples drawn at the same time. */
  readonly batchSize: number;
  /** The processes that draw together, of which rank 0 writes; this one alone unless given. */
  readonly ranks?: Communicator | undefined;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Takes a line for the user. */
  readonly log: (line: string) => void;
}

/** The programs and the adapter at work. */
export function versionsOf({ gpu }: Pick<FlowLanguageModel, "gpu">): Versions {
  return { deno: Deno.version.deno, adapter: gpu.adapterName };
}

/**
 * Draws samples in every way that is asked for, and writes each file as soon as it is whole. Files
 * that are there already with the same settings are kept.
 *
 * @throws {FlmError} if shares of noise are given for a model that takes none.
 */
export async function drawSamples(
  model: FlowLanguageModel,
  options: DrawOptions,
): Promise<SamplesFile[]> {
  const { folder, checkpoint, weights, numSteps, sharpening, numSamples, seed, log } = options;
  const { ranks = ONE_PROCESS } = options;
  const files: SamplesFile[] = [];
  for (const steps of new Set(numSteps)) {
    for (const gamma of new Set(gammasOf(model.method, options.gammas))) {
      for (const sharpened of sharpening) {
        const way = { numSteps: steps, gamma, ...sharpened };
        const settings = { checkpoint, weights, ...way, numSamples, seed };
        const path = `${folder}/${samplesName(settings)}`;
        const kept = await fromRankZero(ranks, () => findSamples(path, settings, log));
        const file = kept ?? await draw(model, settings, options);
        if (kept === null && ranks.rank === 0) await writeFormat(path, SAMPLES_FORMAT, file);
        files.push(file);
      }
    }
  }
  return files;
}

/** The samples of a file that need not be drawn anew; null if they must, with a word. */
async function findSamples(
  path: string,
  settings: SamplesSettings,
  log: (line: string) => void,
): Promise<SamplesFile | null> {
  try {
    const kept = await keptSamples(path, settings);
    if (kept?.value !== undefined) return kept.value;
    if (kept !== null) log(`${pathForCaller(path)} ${kept.lack}. Its samples are drawn again.`);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    log(`${sentenceOf(error.message)} Its samples are drawn again.`);
  }
  return null;
}

async function draw(
  model: FlowLanguageModel,
  settings: SamplesSettings,
  limits: DrawOptions,
): Promise<SamplesFile> {
  const samples = await drawTexts(model, settings, limits);
  const tokens = samples.map((sample) => sample.tokens);
  return {
    generative_ppl: null,
    ...tokenStatistics(tokens),
    settings,
    versions: versionsOf(model),
    generated_seqs: tokens.map((ids) => sampleText(model.tokenizer, ids)),
  };
}

/**
 * The shares of noise to draw with: null stands for models that take none.
 *
 * @throws {FlmError} if shares are given for a model that takes none.
 */
export function gammasOf(
  method: Method,
  gammas: readonly number[] | null,
): readonly (number | null)[] {
  if (method.writer?.takesRenewal) return gammas ?? [0];
  if (gammas === null) return [null];
  throw takesNoRenewal("--gamma", method);
}

/**
 * Checks that a model's predictions can be sharpened, if that is asked for.
 *
 * @throws {FlmError} if its texts do not follow from any.
 */
export function requireSharpened(method: Method, ways: readonly SharpenedWay[]): void {
  if (method.writer?.takesSharpening) return;
  for (const { temperature, topP } of ways) {
    if (temperature !== undefined) throw takesNoSharpening("--temperature", method);
    if (topP !== undefined) throw takesNoSharpening("--top-p", method);
  }
}
