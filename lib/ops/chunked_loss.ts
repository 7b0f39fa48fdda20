/**
 * Losses of rows that are computed from logits, a chunk of whole rows at a time: the logits of
 * all rows never exist at once.
 *
 * @module
 */

import type { DType, Tensor } from "../gpu/tensor.ts";
import { type Head, headBackward, headValues, type HiddenGrad } from "./head.ts";
import type { Tape, Value } from "./tape.ts";
import {
  type Chunk,
  type ChunkOptions,
  chunksOf,
  type ChunkTensors,
  forEachChunk,
  type RowSource,
} from "./vocabulary.ts";

/** A loss of rows, and what it does with a chunk of the matrices that it is computed from. */
export interface ChunkedLoss<Matrices extends readonly RowSource[]> {
  /** The matrices [M, V]. */
  matrices: Matrices;
  /** What chunks are stored in; as the hidden states unless told. */
  dtype?: DType;
  /** What {@linkcode backward} reads besides them. */
  saved: readonly Tensor[];
  /** Writes the losses of the chunk's rows into `loss` [M]; leaves the matrices as they are. */
  forward(chunk: Chunk, matrices: ChunkTensors<Matrices>, loss: Tensor): void;
  /** Turns one of the matrices into the gradient of the logits and returns it. */
  backward(chunk: Chunk, matrices: ChunkTensors<Matrices>, dloss: Tensor): Tensor;
}

/**
 * The loss of every row of hidden [M, H], which enters it by its logits alone, `hidden·Wᵀ + b`:
 * result [M].
 *
 * Saves what the loss and its matrices name; the matrices are made again in backward, unless a
 * single chunk holds all rows, which is then saved too.
 *
 * @throws {GpuError} if a row of V numbers does not fit a chunk.
 */
export function chunkedLoss<const Matrices extends readonly RowSource[]>(
  tape: Tape,
  hidden: Value,
  head: Head,
  { matrices, dtype = hidden.tensor.dtype, saved, forward, backward }: ChunkedLoss<Matrices>,
  { chunkBytes }: ChunkOptions = {},
): Value {
  const { gpu } = tape;
  const M = hidden.tensor.size / head.weight.shape[1]!;
  const chunks = chunksOf(gpu, M, head.weight, { chunkBytes });

  const loss = gpu.empty([M]);
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
    const run = (dHidden?: HiddenGrad) => {
      const visit = (chunk: Chunk, parts: ChunkTensors<Matrices>) => {
        const dlogits = backward(chunk, parts, dloss);
        headBackward(gpu, chunk, dlogits, hidden.tensor, head, dHidden);
      };
      if (whole !== undefined) visit(chunks[0]!, whole);
      else forEachChunk(gpu, matrices, chunks, visit, dtype);
    };
    if (!hidden.needsGrad) run();
    else hidden.addGrad(gpu, (target, accumulate) => run({ target, accumulate }));
  });
}
