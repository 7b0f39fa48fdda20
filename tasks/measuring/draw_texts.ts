/**
 * Texts that are drawn from a model, with a progress bar.
 *
 * @module
 */

import { formatCount, formatSteps } from "../../lib/cli/format.ts";
import { Progress } from "../../lib/cli/progress.ts";
import { describeSharpening, type SharpenedWay } from "../../lib/eval/sharpened_way.ts";
import type { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import type { Sample } from "../../lib/sampling/options.ts";
import type { Communicator } from "../../lib/system/communicator.ts";

/** One way to draw texts. */
export interface DrawWay extends SharpenedWay {
  /** Sampler steps. */
  readonly numSteps: number;
  /** The share of noise that each step renews; null for models that take no such share. */
  readonly gamma: number | null;
  /** How many texts. */
  readonly numSamples: number;
  /** Of the noise. */
  readonly seed: number;
}

/** What changes nothing of the texts. */
export interface DrawLimits {
  /** Texts drawn at the same time; 16 unless told. */
  readonly batchSize?: number;
  /** The processes that draw together; this one alone unless given. */
  readonly ranks?: Communicator | undefined;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/**
 * Draws texts of a model in one way, with a progress bar that counts them.
 *
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function drawTexts(
  model: Pick<FlowLanguageModel, "sample">,
  way: DrawWay,
  { batchSize = 16, ranks, signal }: DrawLimits,
): Promise<Sample[]> {
  const { numSteps, gamma, temperature, topP, numSamples, seed } = way;
  using bar = new Progress({
    label: describeWay("sample", way),
    total: numSamples,
    unit: "text",
    // Texts form together: a part of the steps is the same part of the texts.
    format: (value) => formatCount(Math.floor(value)),
  });
  const samples = await model.sample({
    numSteps,
    numSamples,
    seed,
    batchSize,
    ...(ranks === undefined ? {} : { ranks }),
    signal,
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(gamma === null ? {} : { renewal: gamma }),
    onProgress: (done, total) => bar.update(done / total * numSamples),
  });
  bar.finish();
  return samples;
}

/** What is done with texts that are drawn in one way, in words: "score (4 steps, gamma 0.5)". */
export function describeWay(verb: string, way: DescribedWay): string {
  return `${verb} (${titleOfWay(way)})`;
}

/** The part of a way that words tell. */
type DescribedWay = Pick<DrawWay, "numSteps" | "gamma"> & SharpenedWay;

/** One way to draw texts in words: "4 steps, gamma 0.5". */
export function titleOfWay({ numSteps, gamma, ...way }: DescribedWay): string {
  const words = [
    formatSteps(numSteps),
    ...(gamma === null ? [] : [`gamma ${gamma}`]),
    ...describeSharpening(way),
  ];
  return words.join(", ");
}
