/**
 * Cross-entropy fused with the output projection.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type ChunkedLoss, chunkedLoss, type ChunkedLossOptions } from "./chunked_loss.ts";
import { type Head, logitRows } from "./head.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";
import type { Tape, Value } from "./tape.ts";
import type { Chunk, RowSource } from "./vocabulary.ts";

/** Options of {@linkcode crossEntropyHead}. */
export interface CrossEntropyOptions extends RowLanes, ChunkedLossOptions {}

/**
 * The loss of every row, `−log softmax(z)[target]` with logits `l = hidden · Wᵀ + b` and
 * `z = cap · tanh(l / cap)`, or `z = l` without a cap: hidden [..., H], targets `u32` below V, one
 * for each row; result [rows] in nats (the reference's `FLM.loss`).
 *
 * Saves hidden; the logits are computed again in backward, unless
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
  const M = hidden.tensor.size / head.weight.shape[1]!;
  if (targets.size !== M) {
    throw new GpuError(`There are ${targets.size} targets for ${M} rows of hidden states.`);
  }
  return chunkedLoss(tape, hidden, head, {
    matrices: [logitRows(gpu, hidden.tensor, head)],
    saved: [targets],
    ...tokenLosses(gpu, head, targets, options),
  }, options);
}

/**
 * What is done with a chunk of logits, the first of its matrices, whose rows have these targets,
 * u32 [M].
 */
export function tokenLosses(
  gpu: Gpu,
  { weight, logitCap }: Head,
  targets: Tensor,
  options: RowLanes,
): Pick<ChunkedLoss<readonly RowSource[]>, "forward" | "gradient"> {
  const [V = 0] = weight.shape;
  const run = ({ rowStart, rows }: Chunk, logits: Tensor, loss: Tensor, dloss?: Tensor) => {
    const { constants, grid } = rowLayout(gpu, rows, V, options);
    const form = { CAP: Number(logitCap !== null), GRAD: Number(dloss !== undefined) };
    gpu.run("cross_entropy", { ...constants, ...form }, {
      bind: { logits, targets, loss, ...(dloss && { dloss }) },
      params: { rows, vocab: V, row_start: rowStart, cap: logitCap ?? 0 },
      grid,
    });
  };
  return {
    forward: (chunk, [logits], loss) => run(chunk, logits!, loss),
    gradient(chunk, [logits], loss, dloss) {
      run(chunk, logits!, loss, dloss);
      return logits!;
    },
  };
}
