/**
 * The state z of a sampler, in one of two forms.
 *
 * A network sees z [B·L, V] only through z·E, and a sampler's steps are linear in
 * z, so y = z·E [B·L, H] can stand for it: exact in distribution when y starts
 * from N(0, EᵀE), and exact step by step from the same start. Memory then grows
 * with H, not V. Where V < H, z itself is the smaller of the two.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { cholesky } from "../math/cholesky.ts";
import type { Dit } from "../model/dit.ts";
import { noiseChunk } from "../ops/corruption.ts";
import { denseTensor } from "../ops/embedding.ts";
import { headLogits, rowChunks } from "../ops/head.ts";
import { matmul } from "../ops/matmul.ts";
import { softmaxRows } from "../ops/softmax.ts";
import { type Tape, Value } from "../ops/tape.ts";
import { seedWords, Stream } from "./philox.ts";

/** The state of a sampler. */
export interface Latent extends Disposable {
  /** z·E [B·L, H], to be fed to the network. */
  embedded(tape: Tape): Value;
  /**
   * z ← (1−weight)·z + weight·p, with p the softmax of the output projection of `hidden`.
   */
  mixProbabilities(hidden: Tensor, weight: number): void;
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

/** z itself, [B·L, V]. */
export class VocabularyLatent implements Latent {
  readonly #model: Dit;
  readonly #z: Tensor;

  /** Takes over the ownership of `z`. */
  constructor(model: Dit, z: Tensor) {
    this.#model = model;
    this.#z = z;
  }

  /** z ~ N(0, I). */
  static draw(model: Dit, draw: LatentDraw): VocabularyLatent {
    const { length, vocabSize } = model.config;
    const z = drawNormal(model.gpu, draw, length, vocabSize);
    return new VocabularyLatent(model, z);
  }

  /** The state as it is now. */
  get tensor(): Tensor {
    return this.#z;
  }

  embedded(tape: Tape): Value {
    return this.#model.embedDense(tape, denseTensor(tape.gpu, this.#z), this.#z.shape[0]!);
  }

  mixProbabilities(hidden: Tensor, weight: number): void {
    forEachProbabilityChunk(this.#model, hidden, (probabilities, rowStart) => {
      lerpInto(this.#model.gpu, probabilities, this.#z, rowStart, weight);
    });
  }

  /** Frees the state. */
  [Symbol.dispose](): void {
    this.#z.release();
  }
}

/** y = z·E, [B·L, H]. */
export class EmbeddedLatent implements Latent {
  readonly #model: Dit;
  readonly #y: Tensor;

  /** Takes over the ownership of `y`. */
  constructor(model: Dit, y: Tensor) {
    this.#model = model;
    this.#y = y;
  }

  /**
   * y ~ N(0, EᵀE), as ξ·Lᵀ with ξ ~ N(0, I).
   *
   * @param factor L from {@linkcode embeddingFactor}.
   */
  static draw(model: Dit, draw: LatentDraw, factor: Tensor): EmbeddedLatent {
    const { gpu, config: { length, hiddenSize: H } } = model;
    using xi = drawNormal(gpu, draw, length, H);
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
    return new EmbeddedLatent(model, y);
  }

  embedded(): Value {
    return new Value(this.#y.retain(), false);
  }

  mixProbabilities(hidden: Tensor, weight: number): void {
    const { gpu, embedding, config: { vocabSize: V, hiddenSize: H } } = this.#model;
    forEachProbabilityChunk(this.#model, hidden, (probabilities, rowStart) => {
      const rows = probabilities.shape[0]!;
      using mean = gpu.empty([rows, H]);
      for (const [index, { rowStart: first, rows: count, value }] of embedding.windows.entries()) {
        matmul(gpu, {
          M: rows,
          N: H,
          K: count,
          a: { view: probabilities, start: first, stride: V },
          b: { view: value.tensor, stride: H },
          c: { view: mean, stride: H },
          accumulate: index > 0,
        });
      }
      lerpInto(gpu, mean, this.#y, rowStart, weight);
    });
  }

  /** Frees the state. */
  [Symbol.dispose](): void {
    this.#y.release();
  }
}

/** The Cholesky factor L [H, H] of EᵀE, computed in float64 on the host. */
export async function embeddingFactor(model: Dit): Promise<Tensor> {
  const { gpu, embedding, config: { hiddenSize: H } } = model;
  using gram = gpu.empty([H, H]);
  for (const [index, { rows, value: { tensor } }] of embedding.windows.entries()) {
    const e = { view: tensor, stride: H };
    matmul(gpu, {
      M: H,
      N: H,
      K: rows,
      a: { ...e, transposed: true },
      b: e,
      c: { view: gram, stride: H },
      accumulate: index > 0,
    });
  }
  return gpu.tensor(new Float32Array(cholesky(await gpu.read(gram), H)), [H, H]);
}

/** Standard normals [numSamples·length, columns], a function of seed, sample and position. */
function drawNormal(gpu: Gpu, draw: LatentDraw, length: number, columns: number): Tensor {
  const target = gpu.empty([draw.numSamples * length, columns]);
  noiseChunk(gpu, {
    target,
    rowStart: 0,
    columnStart: 0,
    length,
    key: seedWords(draw.seed),
    stream: Stream.Sampler,
    step: 0,
    firstSample: draw.firstSample,
  });
  return target;
}

function forEachProbabilityChunk(
  model: Dit,
  hidden: Tensor,
  use: (probabilities: Tensor, rowStart: number) => void,
): void {
  const { gpu, outputWeight, outputBias, config: { vocabSize, logitCap } } = model;
  for (const { rowStart, rows } of rowChunks(gpu, hidden.shape[0]!, vocabSize)) {
    using chunk = gpu.empty([rows, vocabSize]);
    headLogits(gpu, hidden, outputWeight, outputBias, { logitCap, rowStart, rows, target: chunk });
    softmaxRows(gpu, chunk);
    use(chunk, rowStart);
  }
}

/** Rows `rowStart` on of `y` move to `x` by `weight`. */
function lerpInto(gpu: Gpu, x: Tensor, y: Tensor, rowStart: number, weight: number): void {
  const WG = 64;
  gpu.run("lerp", { WG }, {
    bind: { x, y },
    params: { count: x.size, start: rowStart * x.shape[1]!, weight },
    grid: foldGrid(Math.ceil(x.size / WG)),
  });
}
