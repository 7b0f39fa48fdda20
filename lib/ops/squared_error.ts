/**
 * Squared errors at vocabulary width, fused with the output projection: the losses of the two-stage
 * distillation. Errors are linear in the outputs of the networks, so they are summed up a chunk of
 * rows at a time; in f32, since they are small differences of large numbers.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import { cast } from "./cast.ts";
import { chunkedLoss, type ChunkedLossOptions } from "./chunked_loss.ts";
import { elementwise } from "./elementwise.ts";
import { type BiasedHead, type Head, logitRows } from "./head.ts";
import { addScaledRows } from "./row_terms.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";
import type { Tape, Value } from "./tape.ts";
import { type Chunk, type RowSource, toVocabulary } from "./vocabulary.ts";

/** What both squared errors are given. */
export interface SquaredErrorOptions extends RowLanes, ChunkedLossOptions {
  /** The part of the error that no gradient flows into, [M, V]. */
  constant: RowSource;
  /** Factor of the prediction in the error of each sample, [M / length]. */
  scales: Tensor;
  /** Rows of a sample. */
  length: number;
}

/** Options of {@linkcode squaredErrorHead}. */
export interface LinearErrorOptions extends SquaredErrorOptions {
  /** Further hidden states [M, H] whose logits without bias enter the error; constants. */
  offset: Tensor;
  /** Factor of the bias in the error of each sample, [M / length]. */
  biasScales: Tensor;
}

/**
 * `Σ_v e²` of every row, with the error `e = constant + (scale·hidden + offset)·Wᵀ +
 * biasScale·b`: hidden [M, H], result [M]. The head's cap is not used.
 *
 * With `offset` 0 and both scales equal the prediction is `scale·logits`. Other outputs of the
 * same projection, by their factors, are one product with it: their hidden states are summed in
 * `offset`, their factors in `biasScales`. The gradient is that of the prediction alone.
 *
 * Saves hidden states and what the constant is made from; errors are computed again in
 * backward, unless all of them fitted into one chunk, which is then saved too.
 *
 * @throws {GpuError} if a row of V numbers does not fit a chunk.
 */
export function squaredErrorHead(
  tape: Tape,
  hidden: Value,
  head: BiasedHead,
  options: LinearErrorOptions,
): Value {
  const { gpu } = tape;
  const { weight, bias } = head;
  const { constant, scales, offset, biasScales, length } = options;
  using sum = gpu.empty(hidden.shape);
  gpu.copy(offset, sum);
  addScaledRows(gpu, { x: hidden.tensor, scales, length, y: sum, accumulate: true });
  using mixed = cast(gpu, sum, hidden.tensor.dtype);
  const errorWithoutBias: RowSource = {
    tensors: [...constant.tensors, mixed],
    wholeRows: constant.wholeRows,
    write(x, rowStart, columnStart) {
      constant.write(x, rowStart, columnStart);
      const operands = { x, rowStart, columnStart, hidden: mixed, weight };
      toVocabulary(gpu, operands, { accumulate: true });
    },
  };
  const forward = ({ rowStart, rows }: Chunk, [error]: readonly [Tensor], loss: Tensor) => {
    const vocab = error.shape[1]!;
    const { constants, grid } = rowLayout(gpu, rows, vocab, options);
    gpu.run("squared_error_forward", { ...constants, SOFTMAX: 0, CAP: 0 }, {
      bind: { constant: error, scales: biasScales, bias: bias.value.tensor, loss },
      params: { rows, vocab, row_start: rowStart, length, cap: 0 },
      grid,
    });
  };
  return chunkedLoss(tape, hidden, head, {
    matrices: [errorWithoutBias],
    dtype: "f32",
    saved: [hidden.tensor, scales, biasScales],
    forward,
    gradient(chunk, [error], loss, dloss) {
      forward(chunk, [error], loss);
      const { constants, count, grid } = elementwise(gpu.kind, error.size);
      gpu.run("squared_error_backward", constants, {
        bind: {
          constant: error,
          bias: bias.value.tensor,
          scales,
          bias_scales: biasScales,
          dloss,
        },
        params: { count, vocab: error.shape[1]!, row_start: chunk.rowStart, length },
        grid,
      });
      return error;
    },
  }, options);
}

/**
 * `Σ_v e²` of every row, with the error `e = constant + scale·softmax(z)`, logits
 * `l = hidden·Wᵀ + b` and `z = cap·tanh(l / cap)`, or `z = l` without a cap: hidden [M, H],
 * result [M].
 *
 * Saves hidden, the rows' log-sum-exp and what the constant is made from; all at vocabulary
 * width is computed again in backward, unless it fitted into one chunk, which is then saved too.
 *
 * @throws {GpuError} if a row of V numbers does not fit a chunk.
 */
export function squaredErrorSoftmaxHead(
  tape: Tape,
  hidden: Value,
  head: Head,
  options: SquaredErrorOptions,
): Value {
  const { gpu } = tape;
  const { constant, scales, length } = options;
  const { weight: { shape: [V = 0, H = 0] }, logitCap } = head;
  using lse = gpu.empty([hidden.tensor.size / H, 2]);
  const CAP = Number(logitCap !== null);
  const layout = ({ rowStart, rows }: Chunk) => {
    const { constants, grid } = rowLayout(gpu, rows, V, options);
    const params = { rows, vocab: V, row_start: rowStart, length, cap: logitCap ?? 0 };
    return { constants, grid, params };
  };
  const forward = (chunk: Chunk, [logits, rest]: readonly [Tensor, Tensor], loss: Tensor) => {
    const { constants, grid, params } = layout(chunk);
    gpu.run("squared_error_forward", { ...constants, SOFTMAX: 1, CAP }, {
      bind: { constant: rest, scales, logits, lse, loss },
      params,
      grid,
    });
  };
  return chunkedLoss(tape, hidden, head, {
    matrices: [logitRows(gpu, hidden.tensor, head), constant],
    dtype: "f32",
    saved: [lse, scales],
    forward,
    gradient(chunk, [logits, rest], loss, dloss) {
      forward(chunk, [logits, rest], loss);
      const { constants, grid, params } = layout(chunk);
      gpu.run("squared_error_softmax_backward", { ...constants, CAP }, {
        bind: { logits, constant: rest, scales, dloss, lse },
        params,
        grid,
      });
      return logits;
    },
  }, options);
}
