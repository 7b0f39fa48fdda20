/**
 * Cross-entropy to what other networks predict, fused with the output projection: neither
 * probabilities nor targets are ever written.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type ChunkedLoss, chunkedLoss, type ChunkedLossOptions } from "./chunked_loss.ts";
import { tokenLosses } from "./cross_entropy.ts";
import { type Head, logitRows } from "./head.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";
import type { Tape, Value } from "./tape.ts";
import type { Chunk, RowSource } from "./vocabulary.ts";

/** Options of {@linkcode softCrossEntropyHead}. */
export interface SoftCrossEntropyOptions extends RowLanes, ChunkedLossOptions {}

/** The target of some rows: their tokens. */
export interface TokenTarget {
  /** How many rows. */
  rows: number;
  /** Tokens below V of all rows of the loss, u32 [M], of which those of these rows are read. */
  tokens: Tensor;
}

/** The target of some rows: what a network predicts for them, or a mixture of two predictions. */
export interface PredictedTarget {
  /** How many rows. */
  rows: number;
  /** Makes logits of the hidden states; predictions are the softmax of the capped logits. */
  head: Head;
  /** Hidden states of the prediction, [rows, H]. */
  first: Tensor;
  /** The other prediction of a mixture; none unless given. */
  mixed?: MixedPrediction | undefined;
}

/** The second of two predictions. */
export interface MixedPrediction {
  /** Hidden states of it, [rows, H]. */
  second: Tensor;
  /** The share of the first prediction in each sample, from 0 to 1, [rows / length]. */
  shares: Tensor;
  /** Rows of a sample. */
  length: number;
}

/**
 * The cross-entropy of every row, `−Σ_v q_v·log softmax(z)_v` in nats, with logits
 * `l = hidden·Wᵀ + b` and `z = cap·tanh(l / cap)`, or `z = l` without a cap: hidden [M, H],
 * result [M].
 *
 * Saves hidden and what the targets are made from; all at vocabulary width is computed again in
 * backward, unless it fitted into one chunk, which is then saved too. With `lossGrads` it is
 * computed once.
 *
 * @param targets q, of rows that follow each other. No gradient flows into it.
 * @throws {GpuError} if a row of V numbers does not fit a chunk, or there are targets of other than
 * M rows.
 */
export function softCrossEntropyHead(
  tape: Tape,
  hidden: Value,
  head: Head,
  targets: readonly (TokenTarget | PredictedTarget)[],
  options: SoftCrossEntropyOptions = {},
): Value {
  const { gpu } = tape;
  const M = hidden.tensor.size / head.weight.shape[1]!;
  const rows = targets.map(({ rows }) => rows);
  const count = rows.reduce((sum, each) => sum + each, 0);
  if (count !== M) throw new GpuError(`There are targets of ${count} rows for ${M} rows.`);

  let end = 0;
  const parts = targets.map((target) => {
    const firstRow = end;
    end += target.rows;
    const losses = "tokens" in target
      ? tokenLosses(gpu, head, target.tokens, options)
      : predictionLosses(gpu, head, { ...target, firstRow }, options);
    return { end, firstRow, target, losses };
  });
  const partAt = (row: number) => parts.find(({ end }) => row < end)!;
  const predictions = (["first", "second"] as const).map((which): RowSource => {
    const sources = parts.map(({ target }) => {
      if ("tokens" in target) return undefined;
      const states = which === "first" ? target.first : target.mixed?.second;
      return states && logitRows(gpu, states, target.head);
    });
    return {
      tensors: sources.flatMap((source) => source?.tensors ?? []),
      wholeRows: false,
      write(x, rowStart, columnStart) {
        const part = partAt(rowStart);
        sources[parts.indexOf(part)]?.write(x, rowStart - part.firstRow, columnStart);
      },
    };
  }).filter(({ tensors }) => tensors.length > 0);
  const given = targets.flatMap((target) => {
    if ("tokens" in target) return [target.tokens];
    return target.mixed ? [target.mixed.shares] : [];
  });
  return chunkedLoss(tape, hidden, head, {
    rows,
    matrices: [logitRows(gpu, hidden.tensor, head), ...predictions],
    saved: given,
    forward: (chunk, matrices, loss) =>
      partAt(chunk.rowStart).losses.forward(chunk, matrices, loss),
    gradient: (chunk, matrices, loss, dloss) =>
      partAt(chunk.rowStart).losses.gradient(chunk, matrices, loss, dloss),
  }, options);
}

/** What is done with a chunk of rows whose target are predictions, after `firstRow` others. */
function predictionLosses(
  gpu: Gpu,
  { weight, logitCap }: Head,
  { head, mixed, firstRow }: PredictedTarget & { firstRow: number },
  options: RowLanes,
): Pick<ChunkedLoss<readonly RowSource[]>, "forward" | "gradient"> {
  const [V = 0] = weight.shape;
  const run = (
    { rowStart, rows }: Chunk,
    [logits, first, second]: readonly Tensor[],
    loss: Tensor,
    dloss?: Tensor,
  ) => {
    const { constants, grid } = rowLayout(gpu, rows, V, options);
    gpu.run("soft_cross_entropy", {
      ...constants,
      CAP: Number(logitCap !== null),
      TARGET_CAP: Number(head.logitCap !== null),
      NUM: mixed === undefined ? 1 : 2,
      GRAD: Number(dloss !== undefined),
    }, {
      bind: {
        logits: logits!,
        first: first!,
        ...(mixed && { second: second!, shares: mixed.shares }),
        loss,
        ...(dloss && { dloss }),
      },
      params: {
        rows,
        vocab: V,
        row_start: rowStart,
        ...(mixed && { first_row: firstRow, length: mixed.length }),
        cap: logitCap ?? 0,
        target_cap: head.logitCap ?? 0,
      },
      grid,
    });
  };
  return {
    forward: (chunk, matrices, loss) => run(chunk, matrices, loss),
    gradient(chunk, matrices, loss, dloss) {
      run(chunk, matrices, loss, dloss);
      return matrices[0]!;
    },
  };
}
