/**
 * What the checks of all losses share: the corrupted batch, means and gradients.
 *
 * @module
 */

import type { Tensor } from "../../lib/gpu/tensor.ts";
import type { Dit } from "../../lib/model/dit.ts";
import { corruptedRows, type NoiseDraw, noiseRows } from "../../lib/ops/corruption.ts";
import { Tape, type Value } from "../../lib/ops/tape.ts";
import { weightedMean } from "../../lib/ops/weighted_mean.ts";
import { gradNorm } from "../../lib/train/grad_norm.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

/**
 * Corrupted data as the kernel makes it, [B·L, V]. The kernel draws its own noise, so that this
 * is taken out again and the noise recorded in the golden file put in.
 *
 * @param tokens Clean tokens, `u32` [B·L].
 * @param gammas Weight of the data in each sample.
 */
export async function corruptRecorded(
  { golden }: CheckContext,
  { gpu, config }: Dit,
  tokens: Tensor,
  gammas: Float64Array,
): Promise<Float32Array<ArrayBuffer>> {
  const { length, vocabSize } = config;
  const draw: NoiseDraw = { key: [1, 2], step: 3, firstSample: 4, length };
  using gammasTensor = gpu.tensor(new Float32Array(gammas));
  using target = gpu.empty([tokens.size, vocabSize]);
  noiseRows(gpu, draw).write(target, 0, 0);
  const drawn = await gpu.read(target);
  corruptedRows(gpu, { ...draw, tokens, gammas: gammasTensor }).write(target, 0, 0);
  const corrupted = await gpu.read(target);
  const recorded = await golden.read("noise");
  return corrupted.map((value, i) => {
    const gamma = gammas[Math.floor(i / (length * vocabSize))]!;
    return value + (1 - gamma) * (recorded[i]! - drawn[i]!);
  });
}

/** Keeps the tensors that an observer of a loss is shown until they have been read. */
export class Observed<Outputs extends object> implements Disposable {
  #outputs: Outputs | undefined;

  /** To be given to the loss. */
  readonly observe = (outputs: Outputs): void => {
    this.#outputs = outputs;
    for (const tensor of this.#tensors) tensor.retain();
  };

  /** What the loss showed. */
  get outputs(): Outputs {
    return this.#outputs!;
  }

  get #tensors(): Tensor[] {
    return this.#outputs === undefined ? [] : Object.values(this.#outputs);
  }

  /** Releases the tensors. */
  [Symbol.dispose](): void {
    for (const tensor of this.#tensors) tensor.release();
  }
}

/** How a model was trained by a step. */
export interface TrainedStep {
  /** The record of the step. */
  tape: Tape;
  /** The model in training. */
  model: Dit;
  /** The loss of every token, [B·L]. */
  losses: Value;
  /** Which of the file's tokens the losses belong to, in order; the same order unless given. */
  tokenOrder?: readonly number[];
  /** Parameters that take no part. */
  withoutGradient?: readonly string[];
}

/** Factor of the loss in mixed precision, a power of 2: gradients stay in the range of f16. */
const MIXED_LOSS_SCALE = 2 ** 10;

/** Checks the mean losses of a step, goes back through it, and checks the gradients. */
export async function checkMeansAndGradients(
  context: CheckContext,
  { tape, model: { gpu, parameters }, losses, tokenOrder, withoutGradient = [] }: TrainedStep,
): Promise<void> {
  const count = losses.tensor.size;
  const recorded = await context.golden.read("valid_tokens");
  const valid = tokenOrder ? Float32Array.from(tokenOrder, (at) => recorded[at]!) : recorded;
  using mask = gpu.tensor(valid);
  using aside = new Tape(gpu, false);
  using masked = weightedMean(aside, losses, mask, valid.reduce((sum, flag) => sum + flag, 0));
  await context.compare("masked_mean_loss", await gpu.read(masked.tensor), Bound.Forward);

  using mean = weightedMean(tape, losses, null, count);
  await context.compare("mean_loss", await gpu.read(mean.tensor), Bound.Forward);
  const scale = context.resources.precision === "mixed" ? MIXED_LOSS_SCALE : 1;
  tape.backward(mean, scale);
  const unscaled = (values: Float32Array) => values.map((value) => value / scale);
  using norm = gradNorm(gpu, parameters);
  await context.compare("grad_norm", unscaled(await gpu.read(norm)), Bound.Gradient);
  for (const { name } of parameters.parameters) {
    const grad = unscaled(await parameters.read(name, "grad"));
    if (!withoutGradient.includes(name)) {
      await context.compare(`grad.${name}`, grad, Bound.Gradient);
    } else {
      context.compareValues(
        `grad.${name} (none)`,
        grad,
        new Float32Array(grad.length),
        Bound.Equal,
      );
    }
  }
}
