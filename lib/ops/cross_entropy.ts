/**
 * Cross-entropy fused with the output projection.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { chunkedLoss, type ChunkedLossOptions } from "./chunked_loss.ts";
import { elementwise } from "./elementwise.ts";
import { type Head, logitRows } from "./head.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";
import type { Tape, Value } from "./tape.ts";
import type { Chunk } from "./vocabulary.ts";

/** Options of {@linkcode crossEntropyHead}. */
export interface CrossEntropyOptions extends RowLanes, ChunkedLossOptions {}

/**
 * The loss of every row, `−log softmax(z)[target]` with logits `l = hidden · Wᵀ + b` and
 * `z = cap · tanh(l / cap)`, or `z = l` without a cap: hidden [..., H], targets `u32` below V, one
 * for each row; result [rows] in nats (the reference's `FLM.loss`).
 *
 * Saves hidden and the rows' log-sum-exp; the logits are computed again in backward, unless
 * all of them fitted into one chunk, which is then saved too. With `lossGrads` they are computed
 * once.
 *
 * @throws {GpuError} if the shapes do not fit, or a row of logits does not fit a chunk.
 */
export function crossEntropyHead(
  tape: Tape,
  hidden: Value,
  head: Head,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): Value {
  const { gpu } = tape;
  const { weight: { shape: [V = 0, H = 0] }, logitCap } = head;
  const M = hidden.tensor.size / H;
  if (targets.size !== M) {
    throw new GpuError(`There are ${targets.size} targets for ${M} rows of hidden states.`);
  }
  const CAP = Number(logitCap !== null);
  const cap = logitCap ?? 0;
  using lse = gpu.empty([M, 2]);
  const rowWise = (
    { rowStart, rows }: Chunk,
    GRAD: 0 | 1,
    bind: Record<"logits" | "loss", Tensor> & ({ lse: Tensor } | { dloss: Tensor }),
  ) => {
    const { constants, grid } = rowLayout(gpu, rows, V, options);
    gpu.run("cross_entropy_forward", { ...constants, CAP, GRAD }, {
      bind: { ...bind, targets },
      params: { rows, vocab: V, row_start: rowStart, cap },
      grid,
    });
  };
  return chunkedLoss(tape, hidden, head, {
    matrices: [logitRows(gpu, hidden.tensor, head)],
    saved: [lse, targets],
    forward: (chunk, [logits], loss) => rowWise(chunk, 0, { logits, lse, loss }),
    both(chunk, [logits], loss, dloss) {
      rowWise(chunk, 1, { logits, loss, dloss });
      return logits;
    },
    backward({ rowStart }, [logits], dloss) {
      const { constants, count, grid } = elementwise(gpu.kind, logits.size);
      gpu.run("cross_entropy_backward", { ...constants, CAP }, {
        bind: { logits, targets, lse, dloss },
        params: { count, vocab: V, row_start: rowStart, cap },
        grid,
      });
      return logits;
    },
  }, options);
}
