/**
 * The denoiser's cross-entropy on validation data over an even grid of times, for comparing runs:
 * a function of model, data, seed and grid alone.
 *
 * @module
 */

import type { BlockSource } from "../../data/shards/blocks.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";
import type { Denoiser } from "../../model/denoiser.ts";
import type { Communicator } from "../../system/communicator.ts";
import { nextTurn } from "../../system/next_turn.ts";
import { shareOut } from "../../system/share_out.ts";
import { meanAndError } from "../../train/objective_loss.ts";
import type { ValidationLoss } from "../../train/validation_loss.ts";
import { corruptedLoss, type SampleLoss } from "./corrupted_loss.ts";
import { TimeBins } from "./time_bins.ts";

/** What {@linkcode timeGridLoss} needs. */
export interface TimeGridOptions {
  /** The network to measure: a denoiser, or a denoiser flow map on its diagonal. */
  model: Denoiser;
  /** γ(t) for the model's vocabulary. */
  schedule: GammaSchedule;
  /** Token blocks. */
  blocks: BlockSource;
  /** Blocks to measure, from the first on; all if there are fewer. */
  numBlocks: number;
  /** Times T of the grid: (i + ½)/T. */
  numTimes: number;
  /** Seed of the noise. */
  seed: number;
  /** The id that fills up blocks, which does not count; null, the default, if none does. */
  padId?: number | null;
  /** Samples in one pass; changes nothing but the speed. */
  batchSize: number;
  /**
   * The processes that measure together, each a part of the passes; this one alone unless given.
   */
  ranks?: Communicator | undefined;
  /** Called with the passes that are done and to do; at first with none done. */
  onProgress?: (done: number, total: number) => void;
  /** Stops it; it then throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Measures each block at each time. Sample number block · T + i has the time number i and noise of
 * its own, whatever the batches are. Ranks sum up in the order of the samples, as one process does.
 *
 * @returns The mean over blocks and times in nats a token, with its standard error from the means
 * of the blocks, which are as many as `numSamples` says.
 */
export async function timeGridLoss(options: TimeGridOptions): Promise<ValidationLoss> {
  const { model, schedule, blocks, numTimes, seed, padId = null, batchSize } = options;
  const { onProgress, ranks, signal } = options;
  const { length } = model.config;
  const numBlocks = Math.min(options.numBlocks, blocks.numBlocks);
  const numSamples = numBlocks * numTimes;
  const numPasses = Math.ceil(numSamples / batchSize);
  const bins = new TimeBins();
  const means = new Float64Array(numBlocks);
  const blockOf = (sample: number) => Math.floor(sample / numTimes);
  const timeOf = (sample: number) => Math.fround((sample % numTimes + 0.5) / numTimes);
  const measure = async (pass: number): Promise<SampleLoss[]> => {
    signal?.throwIfAborted();
    const firstSample = pass * batchSize;
    const count = Math.min(batchSize, numSamples - firstSample);
    const tokens = new Uint32Array(count * length);
    for (let i = 0; i < count; i++) blocks.read(blockOf(firstSample + i), tokens, i * length);
    const times = Float64Array.from({ length: count }, (_, i) => timeOf(firstSample + i));
    const draw = { seed, step: 0, firstSample, padId };
    return await corruptedLoss(model, schedule, { tokens, times, ...draw });
  };
  onProgress?.(0, numPasses);
  const passes = Array.from({ length: numPasses }, (_, pass) => pass);
  for await (const [pass, losses] of shareOut(passes, measure, { ranks })) {
    losses.forEach(({ sum, count }, i) => {
      const sample = pass * batchSize + i;
      bins.add(timeOf(sample), sum, count);
      means[blockOf(sample)]! += sum / (count * numTimes);
    });
    onProgress?.(pass + 1, numPasses);
    await nextTurn();
  }
  return { ...meanAndError([...means]), byTime: bins.means, numSamples: numBlocks };
}
