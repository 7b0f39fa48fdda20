/**
 * Losses of rows that are computed from logits, a chunk of rows at a time: the
 * logits of all rows never exist at once.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Parameter } from "./parameter.ts";
import {
  firstRows,
  headBackward,
  headValues,
  type HiddenGrad,
  type RowChunk,
  rowChunks,
} from "./head.ts";
import type { Tape, Value } from "./tape.ts";

/** What a loss does with a chunk; its matrices are [chunk.rows, V] each. */
export interface ChunkedLoss {
  /** How many matrices it works on. */
  numMatrices: number;
  /** What {@linkcode write} and {@linkcode backward} read. */
  saved: readonly Tensor[];
  /** Fills the matrices. */
  write(chunk: RowChunk, matrices: readonly Tensor[]): void;
  /** Writes the losses of the chunk's rows into `loss` [M]; leaves the matrices as they are. */
  forward(chunk: RowChunk, matrices: readonly Tensor[], loss: Tensor): void;
  /** Turns one of the matrices into the gradient of the logits and returns it. */
  backward(chunk: RowChunk, matrices: readonly Tensor[], dloss: Tensor): Tensor;
}

/** Options of {@linkcode chunkedLoss}. */
export interface ChunkOptions {
  /** The most bytes of a matrix; see {@linkcode rowChunks}. */
  chunkBytes?: number | undefined;
}

/**
 * The loss of every row of hidden [M, H], which enters it by its logits alone, `hidden·Wᵀ + b`:
 * weight [V, H], bias [V], result [M].
 *
 * Saves what the loss names; matrices are filled again in backward, unless a single chunk holds
 * all rows, whose matrices are then saved too.
 *
 * @throws {GpuError} if a row of V numbers does not fit a chunk.
 */
export function chunkedLoss(
  tape: Tape,
  hidden: Value,
  weight: Parameter,
  bias: Parameter | undefined,
  { numMatrices, saved, write, forward, backward }: ChunkedLoss,
  { chunkBytes }: ChunkOptions = {},
): Value {
  const { gpu } = tape;
  const [V = 0, H = 0] = weight.shape;
  const M = hidden.tensor.size / H;
  const chunks = rowChunks(gpu, M, V, chunkBytes);
  const allocate = () => Array.from({ length: numMatrices }, () => gpu.empty([chunks[0]!.rows, V]));
  const release = (matrices: readonly Tensor[]) => matrices.forEach((each) => each.release());
  const partOf = (matrices: readonly Tensor[], { rows }: RowChunk) =>
    matrices.map((each) => firstRows(each, rows));

  const loss = gpu.empty([M]);
  const matrices = allocate();
  for (const chunk of chunks) {
    const part = partOf(matrices, chunk);
    write(chunk, part);
    forward(chunk, part, loss);
  }
  const kept = chunks.length === 1 ? matrices : undefined;
  const inputs = [hidden, ...headValues(weight, bias)];
  const output = tape.record(loss, inputs, [...saved, ...(kept ?? [])], (dloss) => {
    const run = (dHidden?: HiddenGrad) => {
      const scratch = kept ?? allocate();
      for (const chunk of chunks) {
        const part = partOf(scratch, chunk);
        if (kept === undefined) write(chunk, part);
        const dlogits = backward(chunk, part, dloss);
        headBackward(gpu, dlogits, chunk, hidden.tensor, weight, bias, dHidden);
      }
      if (kept === undefined) release(scratch);
    };
    if (!hidden.needsGrad) run();
    else hidden.addGrad(gpu, (target, accumulate) => run({ target, accumulate }));
  });
  release(matrices);
  return output;
}
