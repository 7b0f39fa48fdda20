/**
 * The embedding of vocabulary-wide rows (x · E) and of token ids (rows of E).
 * The matrix may be split into windows of rows, and dense rows come in chunks:
 * no tensor as wide as the vocabulary is ever whole.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import { Tensor } from "../gpu/tensor.ts";
import type { Parameter, ParameterWindow } from "./parameter.ts";
import { vectorWidth } from "./lanes.ts";
import { matmul } from "./matmul.ts";
import type { Tape, Value } from "./tape.ts";

/** Rows of a matrix [M, V] that is made, or copied, a chunk at a time. */
export interface DenseSource {
  /** What the chunks are made from; kept until the backward pass. */
  readonly tensors: readonly Tensor[];
  /**
   * Writes rows `rowStart …` and columns `columnStart …` into `target` [rows, columns]; the same
   * numbers each time.
   */
  writeChunk(target: Tensor, rowStart: number, columnStart: number): void;
}

/** Options of {@linkcode embedDense}. */
export interface EmbedDenseOptions {
  /** Rows M of the source. */
  rows: number;
  /** Most bytes of a chunk; 32 MiB, or what a binding holds, unless told. */
  maxChunkBytes?: number;
}

const MAX_CHUNK_BYTES = 32 << 20;
/** Rows copied or looked up by a workgroup. */
const BLOCK = 16;

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
  source: DenseSource,
  embedding: Parameter,
  { rows, maxChunkBytes = MAX_CHUNK_BYTES }: EmbedDenseOptions,
): Value {
  const { gpu } = tape;
  const [, hidden = 1] = embedding.shape;
  const maxBytes = Math.min(maxChunkBytes, gpu.maxBindingBytes);
  const y = gpu.empty([rows, hidden]);
  forEachChunk(
    gpu,
    source,
    embedding,
    rows,
    maxBytes,
    ({ chunk, window, row, column }) =>
      matmul(gpu, {
        M: chunk.shape[0]!,
        N: hidden,
        K: chunk.shape[1]!,
        a: { view: chunk, stride: chunk.shape[1]! },
        b: { view: window.value.tensor, start: column * hidden, stride: hidden },
        c: { view: y, start: row * hidden, stride: hidden },
        accumulate: window.rowStart + column > 0,
      }),
  );
  const inputs = embedding.windows.map(({ value }) => value);
  return tape.record(y, inputs, source.tensors, (dy) => {
    for (const { value } of embedding.windows) {
      value.addGrad(gpu, (target, accumulate) => {
        if (!accumulate) gpu.clear(target);
      });
    }
    forEachChunk(
      gpu,
      source,
      embedding,
      rows,
      maxBytes,
      ({ chunk, window, row, column }) =>
        window.value.addGrad(gpu, (target, accumulate) =>
          matmul(gpu, {
            M: chunk.shape[1]!,
            N: hidden,
            K: chunk.shape[0]!,
            a: { view: chunk, stride: chunk.shape[1]!, transposed: true },
            b: { view: dy, start: row * hidden, stride: hidden },
            c: { view: target, start: column * hidden, stride: hidden },
            accumulate,
          })),
    );
  });
}

/** A chunk of dense rows, and the rows of E that belong to it. */
interface Chunk {
  /** [rows, columns], from row `row` and the window's row `column` on. */
  chunk: Tensor;
  row: number;
  window: ParameterWindow;
  column: number;
}

/** Makes each chunk in a buffer that all share, and has `use` record what is done with it. */
function forEachChunk(
  gpu: Gpu,
  source: DenseSource,
  embedding: Parameter,
  rows: number,
  maxBytes: number,
  use: (chunk: Chunk) => void,
): void {
  const tile = chunkSize(rows, Math.max(...embedding.windows.map(({ rows }) => rows)), maxBytes);
  using scratch = gpu.empty([tile.rows, tile.columns]);
  for (const window of embedding.windows) {
    for (let column = 0; column < window.rows; column += tile.columns) {
      for (let row = 0; row < rows; row += tile.rows) {
        const chunk = new Tensor(scratch.buffer, scratch.byteOffset, [
          Math.min(tile.rows, rows - row),
          Math.min(tile.columns, window.rows - column),
        ]);
        source.writeChunk(chunk, row, window.rowStart + column);
        use({ chunk, row, window, column });
      }
    }
  }
}

/**
 * Rows and columns of a chunk. All of them if they fit; else a square as far as may be, since
 * every chunk reads and writes as many rows of E (or its gradient) as it has columns and as
 * many of y (or its gradient) as it has rows.
 */
export function chunkSize(
  rows: number,
  columns: number,
  maxBytes: number,
): { rows: number; columns: number } {
  const most = Math.max(1, Math.floor(maxBytes / 4));
  const side = Math.max(1, Math.floor(Math.sqrt(most)));
  const tileRows = Math.min(rows, Math.max(side, Math.floor(most / columns)));
  const tileColumns = Math.min(columns, Math.floor(most / tileRows));
  // Whole draws of four random numbers.
  const aligned = tileColumns < columns ? tileColumns - tileColumns % 4 : tileColumns;
  return { rows: tileRows, columns: aligned || tileColumns };
}

/** A given matrix [M, V] as a source of dense rows. */
export function denseTensor(gpu: Gpu, x: Tensor): DenseSource {
  const [, xColumns = 1] = x.shape;
  return {
    tensors: [x],
    writeChunk(target, rowStart, columnStart) {
      const [rows = 1, columns = 1] = target.shape;
      gpu.run("copy_block", { WG: gpu.kind === "cpu" ? 8 : 64, BLOCK }, {
        bind: { x, y: target },
        params: {
          rows,
          columns,
          row_start: rowStart,
          column_start: columnStart,
          x_columns: xColumns,
        },
        grid: foldGrid(Math.ceil(rows / BLOCK)),
      });
    },
  };
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
  const WG = gpu.kind === "cpu" ? 8 : 64;
  const extents = ({ rowStart, rows }: ParameterWindow) => ({
    count,
    hidden: hidden / VEC,
    row_start: rowStart,
    rows,
  });
  const y = gpu.empty([count, hidden]);
  for (const [index, window] of embedding.windows.entries()) {
    gpu.run("embedding_forward", { VEC, WG, BLOCK, FIRST: Number(index === 0) }, {
      bind: { tokens, embedding: window.value.tensor, y },
      params: extents(window),
      grid: foldGrid(Math.ceil(count / BLOCK)),
    });
  }
  const inputs = embedding.windows.map(({ value }) => value);
  return tape.record(y, inputs, [tokens], (dy) => {
    using links = gpu.empty([count], "u32");
    gpu.run("embedding_links", { WG }, {
      bind: { tokens, links },
      params: { count },
      grid: foldGrid(Math.ceil(count / WG)),
    });
    for (const window of embedding.windows) {
      window.value.addGrad(gpu, (dembedding, accumulate) => {
        if (!accumulate) gpu.clear(dembedding);
        gpu.run("embedding_backward", { VEC, WG }, {
          bind: { tokens, links, dy, dembedding },
          params: extents(window),
          grid: foldGrid(count * Math.ceil(hidden / VEC / WG)),
        });
      });
    }
  });
}
