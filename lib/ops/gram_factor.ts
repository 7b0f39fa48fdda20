/**
 * The Cholesky factor of WᵀW for a weight W [V, H], on the device and with a gradient: by it a
 * product of normal noise with W is drawn without noise as wide as the vocabulary.
 *
 * For n ~ N(0, I) with V numbers, n·W has the distribution N(0, WᵀW), and so has ξ·Lᵀ with L·Lᵀ =
 * WᵀW and ξ ~ N(0, I) with H numbers.
 *
 * The gradient. Whatever is expected over ξ depends on L through L·Lᵀ alone, and
 * {@linkcode gramFactor} is differentiated for such functions: with dL = 2·S·L, where S is the
 * symmetric gradient of WᵀW, that of W is 2·W·S = W·L⁻ᵀ·dLᵀ, for the whole of dL and not its
 * lower triangle. It is the mean of the gradient of explicit noise, given what a network sees of
 * it: n is the sum of ξ·Qᵀ, with the orthonormal columns Q = W·L⁻ᵀ, and of a part at right angles
 * to W, which nothing but the gradient sees, and which adds 0 to it in the mean. So Q·Σ ξᵀ·dy =
 * Q·dLᵀ remains of Σ nᵀ·dy: what is expected is the same, and it scatters less. The derivative of
 * L itself (Murray, arXiv 1602.07527) has the same expectation, but solves with L twice, so that
 * errors are divided by small pivots twice.
 *
 * Rounding. WᵀW is summed in float32, and W may have columns that nearly depend on others. Its
 * diagonal is therefore multiplied by 1 + ε with ε = {@linkcode JITTER}: the noise is by half of
 * that too wide at most, and the matrix with a diagonal of ones has no eigenvalue below ε.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { workgroupSize } from "./lanes.ts";
import { matmul } from "./matmul.ts";
import type { Parameter } from "./parameter.ts";
import { scaleInto } from "./scale.ts";
import type { Tape, Value } from "./tape.ts";
import { acrossVocabulary, addProductToGrad } from "./vocabulary.ts";

/** The share of the diagonal of WᵀW that is added to it. */
export const JITTER = 1e-5;

/** Rows of a block: it and its inverse lie in a workgroup's memory, of which all have 16 KiB. */
const BLOCK = 32;

/**
 * L [H, H], lower triangular, with L·Lᵀ = WᵀW + ε·diag(WᵀW), for W [V, H]. Backward adds
 * W·L⁻ᵀ·dLᵀ to the gradient of W, which is right for what depends on L through L·Lᵀ.
 *
 * Two products of V·H² numbers, one each way, and no wait for the device. Saves L and what it
 * divided by, [H, 32], for backward.
 */
export function gramFactor(tape: Tape, weight: Parameter): Value {
  const { gpu } = tape;
  using gram = acrossVocabulary(gpu, weight, weight);
  const { factor, inverses } = factorise(gpu, gram);
  using _inverses = inverses;
  const inputs = weight.windows.map(({ value }) => value);
  return tape.record(factor, inputs, [factor, inverses], (grad) => {
    using solution = solveTransposed(gpu, factor, inverses, grad);
    addProductToGrad(gpu, weight, solution);
  });
}

/** A Cholesky factor. */
interface Factorisation {
  /** L [H, H]. */
  factor: Tensor;
  /** −L_kk⁻¹ of its blocks on the diagonal, [⌈H / 32⌉, 32, 32]. */
  inverses: Tensor;
}

/** The first row and the size of each block on the diagonal of a matrix [H, H]. */
function blocksOf(H: number): { at: number; size: number }[] {
  return Array.from({ length: Math.ceil(H / BLOCK) }, (_, k) => ({
    at: k * BLOCK,
    size: Math.min(BLOCK, H - k * BLOCK),
  }));
}

/** Decomposes G [H, H] block by block; products add, so that what is left of G is kept negative. */
function factorise(gpu: Gpu, gram: Tensor): Factorisation {
  const [H = 0] = gram.shape;
  const blocks = blocksOf(H);
  using work = gpu.empty([H, H]);
  scaleInto(gpu, gram, work, -1, false);
  const factor = gpu.zeros([H, H]);
  const inverses = gpu.empty([blocks.length, BLOCK, BLOCK]);
  for (const [k, { at, size }] of blocks.entries()) {
    gpu.run("cholesky_block", { WG: workgroupSize(gpu.kind, 256), NB: BLOCK }, {
      bind: { gram, work, factor, inverses },
      params: {
        start: at * (H + 1),
        stride: H,
        size,
        inverse_start: k * BLOCK * BLOCK,
        jitter: JITTER,
      },
      grid: [1, 1, 1],
    });
    const next = at + size;
    if (next === H) break;
    // The rows below: L₂₁ = A₂₁·L₁₁⁻ᵀ, and A₂₂ − L₂₁·L₂₁ᵀ is left.
    const below = { view: factor, start: next * H + at, stride: H };
    matmul(gpu, {
      M: H - next,
      N: size,
      K: size,
      a: { view: work, start: next * H + at, stride: H },
      b: { view: inverses, start: k * BLOCK * BLOCK, stride: BLOCK, transposed: true },
      c: below,
    });
    matmul(gpu, {
      M: H - next,
      N: H - next,
      K: size,
      a: below,
      b: { ...below, transposed: true },
      c: { view: work, start: next * (H + 1), stride: H },
      accumulate: true,
    });
  }
  return { factor, inverses };
}

/** L⁻ᵀ·Xᵀ [H, H] for X [H, H], from the last block of rows to the first. */
function solveTransposed(gpu: Gpu, factor: Tensor, inverses: Tensor, x: Tensor): Tensor {
  const [H = 0] = factor.shape;
  using work = gpu.empty([H, H]);
  scaleInto(gpu, x, work, -1, false);
  const solution = gpu.empty([H, H]);
  for (const [k, { at, size }] of [...blocksOf(H).entries()].reverse()) {
    const rows = { view: solution, start: at * H, stride: H };
    matmul(gpu, {
      M: size,
      N: H,
      K: size,
      a: { view: inverses, start: k * BLOCK * BLOCK, stride: BLOCK, transposed: true },
      b: { view: work, start: at, stride: H, transposed: true },
      c: rows,
    });
    if (at === 0) break;
    // What is left of −X: each of its rows lacks the new ones times L.
    matmul(gpu, {
      M: H,
      N: at,
      K: size,
      a: { ...rows, transposed: true },
      b: { view: factor, start: at * H, stride: H },
      c: { view: work, stride: H },
      accumulate: true,
    });
  }
  return solution;
}
