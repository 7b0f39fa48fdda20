/**
 * The noise of latents, keyed by seed, sample and position: a sample is the
 * same in whatever batch it is drawn.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { cholesky } from "../math/cholesky.ts";
import type { Denoiser } from "../model/denoiser.ts";
import { type NoiseDraw, noiseRows } from "../ops/corruption.ts";
import { matmul } from "../ops/matmul.ts";
import { Tape } from "../ops/tape.ts";
import { acrossVocabulary } from "../ops/vocabulary.ts";
import { seedWords, Stream } from "../random/philox.ts";
import type { LatentDraw, LatentNoise } from "./latent.ts";

/** Noise as wide as the vocabulary, [B·L, V]. */
export function vocabularyNoise(draw: LatentDraw): LatentNoise {
  return (step, { gpu, config: { length, vocabSize } }) =>
    drawNormal(gpu, draw, length, vocabSize, step);
}

/**
 * n·E [B·L, H] for the very numbers n of {@linkcode vocabularyNoise}, made in chunks. It costs as
 * much as the output projection, but serves several embeddings alike.
 */
export function embeddedNoise(draw: LatentDraw): LatentNoise {
  return (step, network) => {
    const { gpu, config: { length } } = network;
    using tape = new Tape(gpu, false);
    const noise = noiseRows(gpu, noiseDraw(draw, length, step));
    return network.embedDense(tape, noise, draw.numSamples * length).tensor;
  };
}

/**
 * N(0, EᵀE), the distribution of n·E, as ξ·Lᵀ [B·L, H] with ξ ~ N(0, I): H numbers a position in
 * place of V.
 *
 * @param factor L from {@linkcode embeddingFactor}.
 */
export function correlatedNoise(draw: LatentDraw, factor: Tensor): LatentNoise {
  return (step, { gpu, config: { length, hiddenSize: H } }) => {
    using xi = drawNormal(gpu, draw, length, H, step);
    const rows = xi.shape[0]!;
    const y = gpu.empty([rows, H]);
    matmul(gpu, {
      M: rows,
      N: H,
      K: H,
      a: { view: xi, stride: H },
      b: { view: factor, stride: H, transposed: true },
      c: { view: y, stride: H },
    });
    return y;
  };
}

/**
 * The Cholesky factor L [H, H] of EᵀE, computed in float64 on the host.
 *
 * @throws {FlmError} if E has not the rank H, as when V < H, or holds what is not a number.
 */
export async function embeddingFactor(model: Denoiser): Promise<Tensor> {
  const { gpu, embedding, config: { vocabSize, hiddenSize: H } } = model;
  using gram = acrossVocabulary(gpu, embedding, embedding);
  const factor = cholesky(await gpu.read(gram), H);
  if (factor !== null) return gpu.tensor(new Float32Array(factor), [H, H]);
  throw new FlmError(
    `No noise can be drawn for the embedding [${vocabSize}, ${H}] of this model: its columns depend ` +
      `on each other, or are not numbers. The weights may be damaged, or their training had failed: ` +
      `use another checkpoint.`,
  );
}

function noiseDraw({ seed, firstSample }: LatentDraw, length: number, step: number): NoiseDraw {
  return { length, key: seedWords(seed), stream: Stream.Sampler, step, firstSample };
}

/** Standard normals [numSamples·length, columns]. */
function drawNormal(
  gpu: Gpu,
  draw: LatentDraw,
  length: number,
  columns: number,
  step: number,
): Tensor {
  const target = gpu.empty([draw.numSamples * length, columns]);
  noiseRows(gpu, noiseDraw(draw, length, step)).write(target, 0, 0);
  return target;
}
