/**
 * The state z of a sampler. It has two forms: z itself, as wide as the
 * vocabulary (vocabulary_latent.ts), and what the networks see of it, as wide
 * as they are (embedded_latent.ts).
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";
import { vectorwise } from "../ops/elementwise.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { StepOutputs } from "./networks.ts";
import type { SamplerStep } from "./sampler_steps.ts";

/** The state of a sampler. */
export interface Latent extends Disposable {
  /** z·E [B·L, H] with the embedding E of one of the networks, to be fed to it. */
  embedded(tape: Tape, network: Denoiser): Value;
  /**
   * Does a step that is not the last: z ← keep·z + predict·p + correct·g + noise·n.
   *
   * @param guess Receives the argmax of p, `u32` [B·L].
   */
  advance(step: SamplerStep, outputs: StepOutputs, guess?: Tensor): void;
  /** Does the last step and writes the argmax of z into `tokens`, `u32` [B·L]. */
  finish(step: SamplerStep, outputs: StepOutputs, tokens: Tensor): void;
}

/** Which samples a latent holds, of those drawn with a seed. */
export interface LatentDraw {
  /** Seed of the noise. */
  seed: number;
  /** Index of the first sample among all that are drawn. */
  firstSample: number;
  /** How many samples. */
  numSamples: number;
}

/** One of the two forms of latents for given networks, with what they need computed beforehand. */
export interface LatentForm extends Disposable {
  /**
   * A latent of noise.
   *
   * @param held Tokens that are given, `u32` [B·L]; see {@linkcode holdRows}. They are read until
   * the latent is disposed of, and stay the caller's.
   */
  draw(draw: LatentDraw, held?: Tensor): Latent;
}

/**
 * The noise of a latent: standard normal numbers [B·L, V], or in the embedded form their product
 * with the network's embedding. `step` is 0 for the start and i + 1 for what step i adds. The same
 * numbers each time; the tensor is the caller's.
 */
export type LatentNoise = (step: number, network: Denoiser) => Tensor;

/** Where {@linkcode blend} writes, and by which factors. */
export interface BlendOptions {
  /** First row of y. */
  rowStart?: number;
  /** Factor of y. */
  keep: number;
  /** Factor of x. */
  weight: number;
}

/** `y ← keep·y + weight·x` for the rows of y that x [rows, columns] covers. */
export function blend(
  gpu: Gpu,
  x: Tensor,
  y: Tensor,
  { rowStart = 0, keep, weight }: BlendOptions,
): void {
  const columns = x.shape[1]!;
  const { constants, count, grid } = vectorwise(gpu.kind, x.size, columns);
  gpu.run("blend", constants, {
    bind: { x, y },
    params: { count, start: rowStart * columns / constants.VEC, keep, weight },
    grid,
  });
}
