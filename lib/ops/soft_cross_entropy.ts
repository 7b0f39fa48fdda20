/**
 * Cross-entropy to distributions over the vocabulary, fused with the output
 * projection.
 *
 * @module
 */

import { foldGrid } from "../gpu/limits.ts";
import type { Parameter } from "./parameter.ts";
import { chunkedLoss, type ChunkOptions } from "./chunked_loss.ts";
import { headLogits } from "./head.ts";
import { type RowTerm, sumTerms, termTensors } from "./row_terms.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";
import type { Tape, Value } from "./tape.ts";

const WORKGROUP = 64;

/** Options of {@linkcode softCrossEntropyHead}. */
export interface SoftCrossEntropyOptions extends RowLanes, ChunkOptions {
  /** The target q [M, V]: every row must be a distribution. No gradient flows into it. */
  target: readonly RowTerm[];
  /** Rows of a sample. */
  length: number;
  /** Cap of the logits before the softmax, or null. */
  logitCap: number | null;
}

/**
 * The cross-entropy of every row, `−Σ_v q_v·log softmax(z)_v` in nats, with logits
 * `l = hidden·Wᵀ + b` and `z = cap·tanh(l / cap)`, or `z = l` without a cap: hidden [M, H],
 * weight [V, H], bias [V], result [M].
 *
 * Saves hidden, the rows' log-sum-exp and what the target is made from; all at vocabulary width
 * is computed again in backward, unless it fitted into one chunk, which is then saved too.
 *
 * @throws {GpuError} if a row of V numbers does not fit a chunk.
 */
export function softCrossEntropyHead(
  tape: Tape,
  hidden: Value,
  weight: Parameter,
  bias: Parameter,
  options: SoftCrossEntropyOptions,
): Value {
  const { gpu } = tape;
  const { target, length, logitCap } = options;
  const [V = 0, H = 0] = weight.shape;
  using lse = gpu.empty([hidden.tensor.size / H, 2]);
  const CAP = Number(logitCap !== null);
  const cap = logitCap ?? 0;
  return chunkedLoss(tape, hidden, weight, bias, {
    numMatrices: 2,
    saved: [hidden.tensor, lse, ...termTensors(target)],
    write(chunk, [logits, q]) {
      sumTerms(gpu, target, chunk, length, q!);
      headLogits(gpu, hidden.tensor, weight, bias, { logitCap: null, ...chunk, target: logits! });
    },
    forward({ rowStart, rows }, [logits, q], loss) {
      const { constants, grid } = rowLayout(gpu, rows, V, options);
      gpu.run("soft_cross_entropy_forward", { ...constants, CAP }, {
        bind: { logits: logits!, target_rows: q!, lse, loss },
        params: { rows, vocab: V, row_start: rowStart, cap },
        grid,
      });
    },
    backward({ rowStart, rows }, [logits, q], dloss) {
      gpu.run("soft_cross_entropy_backward", { WG: WORKGROUP, CAP }, {
        bind: { logits: logits!, target_rows: q!, lse, dloss },
        params: { rows, vocab: V, row_start: rowStart, cap },
        grid: foldGrid(Math.ceil(logits!.size / WORKGROUP)),
      });
      return logits!;
    },
  }, options);
}
