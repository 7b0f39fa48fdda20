/**
 * Losses of rows that are computed from logits, a chunk of whole rows at a time: the logits of
 * all rows never exist at once.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { DType, Tensor } from "../gpu/tensor.ts";
import { type Head, headBackward, headValues, type HiddenGrad } from "./head.ts";
import type { Parameter } from "./parameter.ts";
import type { Tape, Value } from "./tape.ts";
import {
  type Chunk,
  type ChunkOptions,
  chunksOf,
  type ChunkTensors,
  forEachChunk,
  type RowSource,
} from "./vocabulary.ts";

/** What every {@linkcode chunkedLoss} may be told. */
export interface ChunkedLossOptions extends ChunkOptions {
  /**
   * The gradient that the loss of each row will get, [M], where it is known by now: a promise.
   * Gradients are then made along with the losses, in one visit of each chunk, and logits once.
   */
  lossGrads?: Tensor | undefined;
}

/** A loss of rows, and what it does with a chunk of the matrices that it is computed from. */
export interface ChunkedLoss<Matrices extends readonly RowSource[]> {
  /** The matrices [M, V]. */
  matrices: Matrices;
  /** What chunks are stored in; as the hidden states unless told. */
  dtype?: DType;
  /** What both functions read besides them. */
  saved: readonly Tensor[];
  /** Rows that follow each other, of which no chunk has some of two; all together unless given. */
  rows?: readonly number[];
  /** Writes the losses of the chunk's rows into `loss` [M]; leaves the matrices as they are. */
  forward(chunk: Chunk, matrices: ChunkTensors<Matrices>, loss: Tensor): void;
  /**
   * Writes the losses likewise, and turns one of the matrices into the gradient of the logits for
   * gradients `dloss` [M] of the losses; returns it.
   */
  gradient(
    chunk: Chunk,
    matrices: ChunkTensors<Matrices>,
    loss: Tensor,
    dloss: Tensor,
  ): Tensor;
}

/**
 * The loss of every row of hidden [M, H], which enters it by its logits alone, `hidden·Wᵀ + b`:
 * result [M].
 *
 * Saves what the loss and its matrices name; the matrices are made again in backward, unless a
 * single chunk holds all rows, which is then saved too. With `lossGrads` it saves the gradient of
 * hidden alone, and adds that of W and b at once.
 *
 * @throws {GpuError} if a row of V numbers does not fit a chunk, or for other than M `lossGrads`.
 */
export function chunkedLoss<const Matrices extends readonly RowSource[]>(
  tape: Tape,
  hidden: Value,
  head: Head,
  parts: ChunkedLoss<Matrices>,
  { chunkBytes, lossGrads }: ChunkedLossOptions = {},
): Value {
  const { gpu } = tape;
  const M = hidden.tensor.size / head.weight.shape[1]!;
  const chunks = dividedChunks(gpu, parts.rows ?? [M], head.weight, { chunkBytes });
  if (lossGrads !== undefined && lossGrads.size !== M) {
    throw new GpuError(`There are ${lossGrads.size} gradients for the losses of ${M} rows.`);
  }
  const inputs = [hidden, ...headValues(head)];
  // What is recorded only to be computed again gets its gradient then.
  const atOnce = tape.keeps && inputs.some(({ needsGrad }) => needsGrad);
  return lossGrads !== undefined && atOnce
    ? withGradient(tape, hidden, head, parts, chunks, lossGrads)
    : beforeGradient(tape, hidden, head, parts, chunks);
}

/** Chunks of rows that are divided beforehand. */
function dividedChunks(
  gpu: Gpu,
  parts: readonly number[],
  weight: Parameter,
  options: ChunkOptions,
): Chunk[] {
  let first = 0;
  return parts.flatMap((rows) => {
    const chunks = rows === 0 ? [] : chunksOf(gpu, rows, weight, options);
    const moved = chunks.map((chunk) => ({ ...chunk, rowStart: first + chunk.rowStart }));
    first += rows;
    return moved;
  });
}

/** The loss, and gradients along with it. */
function withGradient<const Matrices extends readonly RowSource[]>(
  tape: Tape,
  hidden: Value,
  head: Head,
  { matrices, dtype = hidden.tensor.dtype, gradient }: ChunkedLoss<Matrices>,
  chunks: readonly Chunk[],
  lossGrads: Tensor,
): Value {
  const { gpu } = tape;
  const loss = gpu.empty([lossGrads.size]);
  using made = new DisposableStack();
  const dHidden = hidden.needsGrad
    ? made.use(gpu.empty(hidden.shape, hidden.tensor.dtype))
    : undefined;
  const target = dHidden && { target: dHidden, accumulate: false };
  forEachChunk(gpu, matrices, chunks, (chunk, parts) => {
    const dlogits = gradient(chunk, parts, loss, lossGrads);
    headBackward(gpu, chunk, dlogits, hidden.tensor, head, target);
  }, dtype);
  return tape.record(loss, [hidden, ...headValues(head)], dHidden ? [dHidden] : [], () => {
    if (dHidden !== undefined) hidden.giveGrad(gpu, dHidden);
  });
}

/** The loss, whose gradient is made in backward. */
function beforeGradient<const Matrices extends readonly RowSource[]>(
  tape: Tape,
  hidden: Value,
  head: Head,
  { matrices, dtype = hidden.tensor.dtype, saved, forward, gradient }: ChunkedLoss<Matrices>,
  chunks: readonly Chunk[],
): Value {
  const { gpu } = tape;
  const loss = gpu.empty([hidden.tensor.size / head.weight.shape[1]!]);
  using made = new DisposableStack();
  let whole: ChunkTensors<Matrices> | undefined;
  forEachChunk(gpu, matrices, chunks, (chunk, parts) => {
    forward(chunk, parts, loss);
    if (chunks.length > 1) return;
    for (const part of parts) made.use(part.retain());
    whole = parts;
  }, dtype);

  const inputs = [hidden, ...headValues(head)];
  const kept = [...matrices.flatMap(({ tensors }) => tensors), ...saved, ...(whole ?? [])];
  return tape.record(loss, inputs, kept, (dloss) => {
    // The losses are known by now, and not to be touched.
    using again = gpu.empty(loss.shape);
    const run = (dHidden?: HiddenGrad) => {
      const visit = (chunk: Chunk, parts: ChunkTensors<Matrices>) => {
        const dlogits = gradient(chunk, parts, again, dloss);
        headBackward(gpu, chunk, dlogits, hidden.tensor, head, dHidden);
      };
      if (whole !== undefined) visit(chunks[0]!, whole);
      else forEachChunk(gpu, matrices, chunks, visit, dtype);
    };
    if (!hidden.needsGrad) run();
    else hidden.addGrad(gpu, (target, accumulate) => run({ target, accumulate }));
  });
}
