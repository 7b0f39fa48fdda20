/**
 * Small networks and batches for the losses of the distillations.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Intervals, intervalsFromDraws, withGammas } from "../../lib/flow/intervals.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { Dit } from "../../lib/model/dit.ts";
import { type DitConfig, ditParameterSpecs } from "../../lib/model/dit_specs.ts";
import { Tape, type Value } from "../../lib/ops/tape.ts";
import { weightedMean } from "../../lib/ops/weighted_mean.ts";
import { assertClose, randomNumbers } from "./check_op.ts";
import { TINY } from "./tiny_model.ts";

/** A network of which all weights are random. */
export function randomDit(
  gpu: Gpu,
  config: Partial<DitConfig>,
  { seed, grads = false }: { seed: number; grads?: boolean },
): Dit {
  const model = Dit.create(gpu, { ...TINY, ...config }, grads);
  ditParameterSpecs(model.config).forEach(({ name, shape }, i) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const scale = shape.length === 1 ? 0.5 : 2 / Math.sqrt(shape[1]!);
    model.parameters.write(name, randomNumbers(size, 1000 * seed + i).map((v) => scale * v));
  });
  return model;
}

/** Jumps of `count` samples from given random numbers, none of them near time 1; one is whole. */
export function someIntervals(vocabSize: number, count: number): Intervals {
  const uniform = (seed: number) => randomNumbers(count, seed).map((v) => 0.05 + 0.4 * (v + 1));
  const boundary = Float64Array.from({ length: count }, (_, i) => i === count - 1 ? 0 : 0.9);
  const draws = { lengths: uniform(1), fractions: uniform(2), boundary };
  const times = intervalsFromDraws(draws, { minLength: 1e-6, boundaryOneIn: 2 });
  return withGammas(new GammaSchedule(vocabSize), times);
}

/** Tokens of `count` positions, `u32`. */
export function someTokens(vocabSize: number, count: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: count }, (_, i) => (i * 641 + 7) % vocabSize);
}

/** What {@linkcode lossAndGradients} found. */
export interface LossAndGradients {
  /** Of every token. */
  losses: Float32Array;
  /** Of the mean loss, by parameter; those that the loss does not reach are zero. */
  gradients: Map<string, Float32Array>;
  /** Bytes that the step took at most, beyond what was there. */
  peak: number;
}

/** Records a loss, goes back through its mean, and reads everything. */
export async function lossAndGradients(
  model: Dit,
  loss: (tape: Tape) => Value,
): Promise<LossAndGradients> {
  const { gpu, parameters } = model;
  parameters.clearGrads();
  await gpu.finish();
  gpu.resetPeak();
  const before = gpu.memory().inUse;
  using tape = new Tape(gpu, true);
  using values = loss(tape);
  using mean = weightedMean(tape, values, null, values.tensor.size);
  tape.backward(mean);
  const peak = gpu.memory().peak - before;
  const gradients = new Map<string, Float32Array>();
  for (const { name } of parameters.parameters) {
    gradients.set(name, await parameters.read(name, "grad"));
  }
  return { losses: await gpu.read(values.tensor), gradients, peak };
}

/**
 * Takes a step with a vocabulary that is cut into windows and chunks: it must give what it gives
 * in one piece, and hold only a few rows as wide as the vocabulary.
 */
export async function assertFewWideRows(
  gpu: Gpu,
  runStep: (
    gpu: Gpu,
    sizes: { vocabSize: number; numSamples: number },
  ) => Promise<LossAndGradients>,
): Promise<void> {
  const vocabSize = 5003;
  const whole = await runStep(gpu, { vocabSize, numSamples: 6 });
  using small = await Gpu.open({ maxBindingBytes: 1 << 18 });
  const split = await runStep(small, { vocabSize, numSamples: 6 });
  assertClose(split.losses, whole.losses, 1e-6, "losses");
  for (const [name, gradient] of whole.gradients) {
    assertClose(split.gradients.get(name)!, gradient, 2e-5, `gradient of ${name}`);
  }
  // Twice as many rows need more memory for their H numbers each, not for V.
  const more = await runStep(small, { vocabSize, numSamples: 12 });
  const perRow = (more.peak - split.peak) / (6 * TINY.length);
  assert(perRow < vocabSize * 4 / 2, `${perRow} bytes a row`);
  await small.finish();
  assertEquals(small.memory().inUse, 0);
}
