/**
 * Cross-entropy to distributions over the vocabulary, fused with the output
 * projection.
 *
 * @module
 */

import { chunkedLoss, type ChunkedLossOptions } from "./chunked_loss.ts";
import { elementwise } from "./elementwise.ts";
import { type Head, logitRows } from "./head.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";
import type { Tape, Value } from "./tape.ts";
import type { RowSource } from "./vocabulary.ts";

/** Options of {@linkcode softCrossEntropyHead}. */
export interface SoftCrossEntropyOptions extends RowLanes, ChunkedLossOptions {}

/**
 * The cross-entropy of every row, `−Σ_v q_v·log softmax(z)_v` in nats, with logits
 * `l = hidden·Wᵀ + b` and `z = cap·tanh(l / cap)`, or `z = l` without a cap: hidden [M, H],
 * result [M].
 *
 * Saves hidden, the rows' log-sum-exp and what the target is made from; all at vocabulary width
 * is computed again in backward, unless it fitted into one chunk, which is then saved too.
 *
 * @param target q [M, V]: every row must be a distribution. No gradient flows into it.
 * @throws {GpuError} if a row of V numbers does not fit a chunk.
 */
export function softCrossEntropyHead(
  tape: Tape,
  hidden: Value,
  head: Head,
  target: RowSource,
  options: SoftCrossEntropyOptions = {},
): Value {
  const { gpu } = tape;
  const { weight: { shape: [V = 0, H = 0] }, logitCap } = head;
  using lse = gpu.empty([hidden.tensor.size / H, 2]);
  const CAP = Number(logitCap !== null);
  const cap = logitCap ?? 0;
  return chunkedLoss(tape, hidden, head, {
    matrices: [logitRows(gpu, hidden.tensor, head), target],
    saved: [lse],
    forward({ rowStart, rows }, [logits, q], loss) {
      const { constants, grid } = rowLayout(gpu, rows, V, options);
      gpu.run("soft_cross_entropy_forward", { ...constants, CAP }, {
        bind: { logits, target_rows: q, lse, loss },
        params: { rows, vocab: V, row_start: rowStart, cap },
        grid,
      });
    },
    backward({ rowStart }, [logits, q], dloss) {
      const { constants, count, grid } = elementwise(gpu.kind, logits.size);
      gpu.run("soft_cross_entropy_backward", { ...constants, CAP }, {
        bind: { logits, target_rows: q, lse, dloss },
        params: { count, vocab: V, row_start: rowStart, cap },
        grid,
      });
      return logits;
    },
  }, options);
}
