/**
 * Sums of matrices whose rows are scaled sample by sample.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import { addScaledRows } from "./row_terms.ts";
import type { Tape, Value } from "./tape.ts";

/** A matrix, and a factor for each sample. */
export interface ScaledTerm {
  /** [M, columns]. */
  x: Value;
  /** The factors, [samples]: row r has number ⌊r / length⌋. They are no inputs of the gradient. */
  scales: Tensor;
}

/**
 * `y[r] = Σ scales[⌊r / length⌋]·x[r]`, [M, columns], over some terms. Saves the factors for
 * backward.
 *
 * @param length Rows of a sample.
 */
export function sumScaledRows(
  tape: Tape,
  terms: readonly [ScaledTerm, ...ScaledTerm[]],
  length: number,
): Value {
  const { gpu } = tape;
  const y = gpu.empty(terms[0].x.shape);
  for (const [i, { x, scales }] of terms.entries()) {
    addScaledRows(gpu, { x: x.tensor, scales, length, y, accumulate: i > 0 });
  }
  const inputs = terms.map(({ x }) => x);
  return tape.record(y, inputs, terms.map(({ scales }) => scales), (dy) => {
    for (const { x, scales } of terms) {
      x.addGrad(gpu, (dx, accumulate) => {
        addScaledRows(gpu, { x: dy, scales, length, y: dx, accumulate });
      });
    }
  });
}
