/**
 * The nearest matrix whose rows, or columns, are orthonormal.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { vectorwise } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { scaleInto } from "./scale.ts";
import { sumInto } from "./sum.ts";

/** Factors of X, X·Xᵀ·X and (X·Xᵀ)²·X in a round: they lift small singular values fast. */
const [A, B, C] = [3.4445, -4.7750, 2.0315];
/** Rounds: singular values then lie between about 0.7 and 1.2. */
const ROUNDS = 5;
const EPS = 1e-7;

/**
 * About U·Vᵀ for X = U·S·Vᵀ [M, N]: a matrix with the same singular vectors, whose singular values
 * are near 1, by the Newton–Schulz iteration of Muon (Jordan et al., "Muon: An optimizer for hidden
 * layers in neural networks", 2024). Zeros stay zeros. The caller releases it.
 */
export function orthogonalise(gpu: Gpu, x: Tensor): Tensor {
  const [M = 1, N = 1] = x.shape;
  // The smaller of X·Xᵀ and Xᵀ·X.
  const isTall = M > N;
  const small = Math.min(M, N);
  using norm = gpu.empty([1]);
  sumInto(gpu, [{ x }], norm, { square: true, root: true });
  let y = gpu.empty([M, N]);
  const { constants, count, grid } = vectorwise(gpu.kind, x.size);
  gpu.run("divide_by_norm", constants, {
    bind: { x, norm, y },
    params: { count, eps: EPS },
    grid,
  });
  using gram = gpu.empty([small, small]);
  using square = gpu.empty([small, small]);
  using factor = gpu.empty([small, small]);
  for (let round = 0; round < ROUNDS; round++) {
    const rows = { view: y, stride: N };
    const turned = { ...rows, transposed: true };
    matmul(gpu, {
      ...(isTall ? { M: N, N, K: M, a: turned, b: rows } : { M, N: M, K: N, a: rows, b: turned }),
      c: { view: gram, stride: small },
    });
    const whole = { view: gram, stride: small };
    matmul(gpu, {
      ...{ M: small, N: small, K: small, a: whole, b: whole },
      c: { view: square, stride: small },
    });
    scaleInto(gpu, gram, factor, B, false);
    scaleInto(gpu, square, factor, C, true);
    const next = gpu.empty([M, N]);
    scaleInto(gpu, y, next, A, false);
    const middle = { view: factor, stride: small };
    matmul(gpu, {
      ...{ M, N, K: small, a: isTall ? rows : middle, b: isTall ? middle : rows },
      ...{ c: { view: next, stride: N }, accumulate: true },
    });
    y.release();
    y = next;
  }
  return y;
}
