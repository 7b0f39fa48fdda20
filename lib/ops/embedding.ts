/**
 * The embedding of vocabulary-wide rows (x · E) and of token ids (rows of E).
 * The matrix may be split into windows of rows, and dense rows come in chunks:
 * no tensor as wide as the vocabulary is ever whole.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import { bytesOf, Tensor } from "../gpu/tensor.ts";
import { vectorWidth, workgroupSize } from "./lanes.ts";
import type { Parameter } from "./parameter.ts";
import type { Tape, Value } from "./tape.ts";
import {
  addWeightGrad,
  type ChunkOptions,
  chunksOf,
  forEachChunk,
  fromVocabulary,
  type RowSource,
} from "./vocabulary.ts";

/** Options of {@linkcode embedDense}. */
export interface EmbedDenseOptions extends ChunkOptions {
  /** Rows M of the source. */
  rows: number;
}

/** Rows looked up by a workgroup. */
const BLOCK = 16;

/**
 * Positions whose gradients are added at a time. All of them may have one token, and so a loop as
 * many rounds, half of `MOST_ROUNDS`; the loops that list them have 5/4 as many on a processor.
 */
const MOST_POSITIONS = 1 << 15;

/**
 * `y = x · E`, [M, H], for dense rows x [M, V] (`vocab_embed` of the reference for float
 * inputs). Backward adds xᵀ·dy to the gradient of E; x gets none.
 *
 * Saves the tensors of the source, whose chunks are made again in the backward pass.
 *
 * @param embedding E [V, H].
 */
export function embedDense(
  tape: Tape,
  source: RowSource,
  embedding: Parameter,
  { rows, chunkBytes }: EmbedDenseOptions,
): Value {
  const { gpu } = tape;
  const { wholeRows } = source;
  const chunks = chunksOf(gpu, rows, embedding, { wholeRows, chunkBytes });
  const { dtype } = embedding;
  const y = gpu.empty([rows, embedding.shape[1]!]);
  forEachChunk(gpu, [source], chunks, (chunk, [x]) => {
    const accumulate = chunk.columnStart > 0;
    fromVocabulary(gpu, { ...chunk, x, hidden: y, weight: embedding }, { accumulate });
  }, dtype);
  const inputs = embedding.windows.map(({ value }) => value);
  return tape.record(y, inputs, source.tensors, (dy) => {
    forEachChunk(gpu, [source], chunks, (chunk, [x]) => {
      addWeightGrad(gpu, { ...chunk, x, hidden: dy, weight: embedding });
    }, dtype);
  });
}

/**
 * `y[r] = E[tokens[r]]`, [M, H] (`vocab_embed` of the reference for token ids). A token beyond
 * the vocabulary gives zeros. Backward adds the rows of dy to those of the gradient of E, in
 * the order of their positions.
 *
 * Saves the tokens for backward.
 *
 * @param tokens Token ids, u32 [M].
 * @param embedding E [V, H].
 */
export function embedTokens(tape: Tape, tokens: Tensor, embedding: Parameter): Value {
  const { gpu } = tape;
  const count = tokens.size;
  const [, hidden = 1] = embedding.shape;
  const VEC = vectorWidth(hidden);
  const WG = workgroupSize(gpu.kind);
  const y = gpu.empty([count, hidden]);
  for (const [index, window] of embedding.windows.entries()) {
    gpu.run("embedding_forward", { VEC, WG, BLOCK, FIRST: Number(index === 0) }, {
      bind: { tokens, embedding: window.value.tensor, y },
      params: { count, hidden: hidden / VEC, row_start: window.rowStart, rows: window.rows },
      grid: foldGrid(Math.ceil(count / BLOCK)),
    });
  }
  const inputs = embedding.windows.map(({ value }) => value);
  return tape.record(y, inputs, [tokens], (dy) => {
    for (let start = 0; start < count; start += MOST_POSITIONS) {
      const positions = Math.min(MOST_POSITIONS, count - start);
      addRowGrads(
        gpu,
        new Tensor(tokens.buffer, tokens.byteOffset + bytesOf(start), [positions], tokens.dtype),
        new Tensor(
          dy.buffer,
          dy.byteOffset + bytesOf(start * hidden, dy.dtype),
          [positions, hidden],
          dy.dtype,
        ),
        embedding,
      );
    }
  });
}

/** Adds the rows of dy [M, H] to those of the gradient of E that the tokens [M] name. */
function addRowGrads(gpu: Gpu, tokens: Tensor, dy: Tensor, embedding: Parameter): void {
  const [count = 0, hidden = 1] = dy.shape;
  const VEC = vectorWidth(hidden);
  const WG = workgroupSize(gpu.kind);
  const [vocabulary = 0] = embedding.shape;
  using firsts = gpu.zeros([vocabulary], "u32");
  using links = gpu.empty([count], "u32");
  gpu.run("embedding_links", { WG: workgroupSize(gpu.kind, 256) }, {
    bind: { tokens, firsts, links },
    params: { count, vocabulary },
    grid: [1, 1, 1],
  });
  for (const { value, rowStart, rows } of embedding.windows) {
    value.addGrad(gpu, (dembedding, accumulate) => {
      if (!accumulate) gpu.clear(dembedding);
      gpu.run("embedding_backward", { VEC, WG }, {
        bind: { tokens, firsts, links, dy, dembedding },
        params: { count, hidden: hidden / VEC, row_start: rowStart, rows },
        grid: foldGrid(count * Math.ceil(hidden / VEC / WG)),
      });
    });
  }
}
