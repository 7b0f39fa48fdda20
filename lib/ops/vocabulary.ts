/**
 * The algebra of the vocabulary axis: products with matrices [M, V] that are never in memory.
 *
 * M is the number of positions in a batch, B·L, and V the size of the vocabulary. Three kinds of
 * matrices meet:
 *
 * - _hidden states_ h [M, H], as wide as the network;
 * - _weights_ W [V, H], the embedding and the output projection. One that is larger than a
 *   binding lies in several _windows_, some of its rows each (parameter.ts);
 * - _rows_ x [M, V]: noisy data, logits, probabilities, targets, errors, gradients of logits.
 *
 * Rows are the problem: those of 8 texts of OpenWebText's recipe (8192 × 50258) take 1.6 GB, and a
 * loss needs several such matrices. They are therefore only described, by a {@linkcode RowSource},
 * which can write any of its rows, the same numbers each time; and they are worked on in
 * {@linkcode Chunk}s of at most 32 MiB, or 128 MiB on graphics cards:
 *
 * ```text
 *                 window 0          window 1            of W, rows are x's columns
 *             ┌────────────────┬────────────────┐
 *   chunk 0   │                │                │       made, used, forgotten
 *             ├────────────────┼────────────────┤
 *   chunk 1   │                │                │       in the same memory
 *             └────────────────┴────────────────┘
 * ```
 *
 * Whatever reads a whole row (a softmax, an argmax) takes chunks of whole rows. What is linear in
 * x, as its embedding x·E is, may take parts of rows: near-square chunks, which make it read and
 * write least of W and h.
 *
 * The products are sums over the windows that a chunk's columns meet, one matrix product each:
 *
 * | Product                        | Equation      | Forward of                    | Backward of |
 * | ------------------------------ | ------------- | ----------------------------- | ----------- |
 * | {@linkcode toVocabulary}       | x = h·Wᵀ + b  | heads (head.ts)               |             |
 * | {@linkcode fromVocabulary}     | h = x·W       | embeddings (embedding.ts)     | heads: dh   |
 * | {@linkcode addWeightGrad}      | dW += xᵀ·h    |                               | both: dW    |
 * | {@linkcode acrossVocabulary}   | G = AᵀB       | what samplers compute once,   |             |
 * |                                |               | projected noise               |             |
 * | {@linkcode addProductToGrad}   | dW += W·C     |                               | WᵀW: dW     |
 *
 * An operation walks the chunks with {@linkcode forEachChunk}: the sources write a chunk, and its
 * use is recorded at once, since the next chunk overwrites it. Where its gradient is known, the
 * operation turns the chunk into that in place, and two products hand it on to h and W (see
 * chunked_loss.ts); else backward walks the chunks again, and the sources write the same numbers.
 * So the tape keeps gradients of h, or what sources are made from (hidden states, tokens, seeds),
 * as wide as the network at most; at vocabulary width there is one chunk a matrix, whatever M is.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type DType, Tensor } from "../gpu/tensor.ts";
import { matmul, type Matrix } from "./matmul.ts";
import type { Parameter } from "./parameter.ts";
import type { Value } from "./tape.ts";

/** A matrix x [M, V] that is made a chunk at a time. */
export interface RowSource {
  /** What it is made from; kept as long as it may be made again. */
  readonly tensors: readonly Tensor[];
  /** Whether it can only write whole rows: a number depends on all of its row, as in a softmax. */
  readonly wholeRows: boolean;
  /**
   * Writes rows `rowStart …` and columns `columnStart …` into `target` [rows, columns]; the same
   * numbers each time.
   */
  write(target: Tensor, rowStart: number, columnStart: number): void;
}

/** A rectangle of a matrix [M, V]. */
export interface Chunk {
  /** First row. */
  rowStart: number;
  /** Number of rows. */
  rows: number;
  /** First column: an entry of the vocabulary. */
  columnStart: number;
  /** Number of columns. */
  columns: number;
}

/** How large chunks may be. */
export interface ChunkOptions {
  /**
   * The most bytes of a chunk; 32 MiB on processors and 128 MiB on graphics cards, or what a
   * binding holds if that is less, unless told.
   */
  chunkBytes?: number | undefined;
}

/** How {@linkcode chunksOf} divides a matrix. */
export interface DivisionOptions extends ChunkOptions {
  /** Whether rows stay whole; true unless told. */
  wholeRows?: boolean;
}

/**
 * Bytes of a chunk. On a processor 32 MiB, which keeps it busy; a graphics card has larger ones,
 * since every product with a chunk reads all of W: OpenWebText's has 147 MiB.
 */
const DEFAULT_CHUNK_BYTES = { cpu: 32 << 20, gpu: 128 << 20 };
/** Whole rows come in multiples of this if there is room: the tile of a matrix product. */
const ROW_TILE = 16;
/** Parts of rows come in multiples of this if there is room: a draw of random numbers. */
const COLUMN_TILE = 4;

/**
 * The height and width of chunks of at most `bytes` that a matrix [rows, columns] is divided into.
 *
 * Whole rows are shared out evenly. Parts of rows are all of the matrix if that fits, else as
 * square as may be: the product with a chunk reads or writes as many rows of W as it has columns
 * and as many of h as it has rows.
 *
 * @throws {GpuError} if whole rows are wanted and not even one fits.
 */
export function chunkSize(
  rows: number,
  columns: number,
  { wholeRows, bytes }: { wholeRows: boolean; bytes: number },
): { rows: number; columns: number } {
  const most = Math.floor(bytes / 4);
  if (wholeRows) {
    const mostRows = Math.floor(most / columns);
    if (mostRows === 0) {
      throw new GpuError(
        `A row of ${columns} numbers takes ${columns * 4} bytes; a chunk may have ${bytes} bytes.`,
      );
    }
    const even = Math.ceil(rows / Math.ceil(rows / mostRows));
    return { rows: Math.min(mostRows, Math.ceil(even / ROW_TILE) * ROW_TILE), columns };
  }
  const side = Math.max(1, Math.floor(Math.sqrt(most)));
  const height = Math.min(rows, Math.max(side, Math.floor(most / columns)));
  const width = Math.min(columns, Math.max(1, Math.floor(most / height)));
  const tiled = width - width % COLUMN_TILE;
  return { rows: height, columns: width < columns && tiled > 0 ? tiled : width };
}

/**
 * Divides a matrix [rows, V] into chunks, down the rows and then across the columns. The columns
 * are the rows of a weight [V, H]; parts of rows end where a window of it does.
 *
 * @throws {GpuError} if whole rows are wanted and not even one fits.
 */
export function chunksOf(
  gpu: Gpu,
  rows: number,
  { shape, windows }: Pick<Parameter, "shape" | "windows">,
  { wholeRows = true, chunkBytes = DEFAULT_CHUNK_BYTES[gpu.kind] }: DivisionOptions = {},
): Chunk[] {
  const bytes = Math.min(chunkBytes, gpu.maxBindingBytes);
  const spans = wholeRows ? [{ rowStart: 0, rows: shape[0]! }] : windows;
  const size = chunkSize(rows, Math.max(...spans.map((span) => span.rows)), { wholeRows, bytes });
  const chunks: Chunk[] = [];
  for (const span of spans) {
    for (let column = 0; column < span.rows; column += size.columns) {
      for (let row = 0; row < rows; row += size.rows) {
        chunks.push({
          rowStart: row,
          rows: Math.min(size.rows, rows - row),
          columnStart: span.rowStart + column,
          columns: Math.min(size.columns, span.rows - column),
        });
      }
    }
  }
  return chunks;
}

/** A tensor for each of some sources. */
export type ChunkTensors<Sources extends readonly RowSource[]> = {
  readonly [Index in keyof Sources]: Tensor;
};

/**
 * Makes the chunks of some matrices one after the other, in memory that all chunks share, and has
 * `use` record what is done with them: one tensor [chunk.rows, chunk.columns] for each source.
 * What `use` retains stays, if it is the last chunk.
 *
 * @param dtype What the tensors hold, `f32` or `f16`.
 */
export function forEachChunk<const Sources extends readonly RowSource[]>(
  gpu: Gpu,
  sources: Sources,
  chunks: readonly Chunk[],
  use: (chunk: Chunk, matrices: ChunkTensors<Sources>) => void,
  dtype: DType = "f32",
): void {
  const most = Math.max(...chunks.map(({ rows, columns }) => rows * columns));
  using memory = new DisposableStack();
  const scratch = sources.map(() => memory.use(gpu.empty([most], dtype)));
  for (const chunk of chunks) {
    using views = new DisposableStack();
    const matrices = scratch.map((all) => views.use(firstOf(all, [chunk.rows, chunk.columns])));
    for (const [i, source] of sources.entries()) {
      source.write(matrices[i]!, chunk.rowStart, chunk.columnStart);
    }
    use(chunk, matrices as ChunkTensors<Sources>);
  }
}

/** The first numbers of a tensor as one of another shape; it keeps the tensor alive. */
export function firstOf(tensor: Tensor, shape: readonly number[]): Tensor {
  const { buffer, byteOffset, dtype } = tensor.retain();
  return new Tensor(buffer, byteOffset, shape, dtype, () => tensor.release());
}

/** A chunk of rows, and the matrices that it meets in a product. */
export interface Operands {
  /** The numbers of the chunk, [rows, columns]. */
  x: Tensor;
  /** The first row of the chunk in [M, V] and of the hidden states that it meets; 0 unless told. */
  rowStart?: number;
  /** The first column of the chunk in [M, V], and row of W that it meets; 0 unless told. */
  columnStart?: number;
  /** h [.., H]. */
  hidden: Tensor;
  /** W [V, H]. */
  weight: Parameter;
}

/**
 * `x = h·Wᵀ`, or `x += h·Wᵀ` if `accumulate`: what the rows of W say to hidden states.
 *
 * @param options.bias Added to every row, [V].
 * @throws {GpuError} if the shapes do not fit.
 */
export function toVocabulary(
  gpu: Gpu,
  operands: Operands,
  { bias, accumulate = false }: { bias?: Parameter | undefined; accumulate?: boolean } = {},
): void {
  for (const { rows, columns, first, x, h, w, H } of windowParts(operands)) {
    matmul(gpu, {
      M: rows,
      N: columns,
      K: H,
      a: h,
      b: { ...w, transposed: true },
      c: x,
      accumulate,
      ...(bias && { bias: { view: bias.value.tensor, start: first } }),
    });
  }
}

/**
 * `h = x·W`, or `h += x·W` if `accumulate`: the rows of W weighted by those of x. Where rows come
 * in parts, all parts but the first must be added.
 *
 * @throws {GpuError} if the shapes do not fit.
 */
export function fromVocabulary(
  gpu: Gpu,
  operands: Operands,
  { accumulate = false }: { accumulate?: boolean } = {},
): void {
  let adding = accumulate;
  for (const { rows, columns, x, h, w, H } of windowParts(operands)) {
    matmul(gpu, { M: rows, N: H, K: columns, a: x, b: w, c: h, accumulate: adding });
    adding = true;
  }
}

/**
 * `dW += xᵀ·h`: the gradient of W for `x = h·Wᵀ` with x the gradient of x, and for `h = x·W` with h
 * the gradient of h.
 *
 * @throws {GpuError} if the shapes do not fit.
 */
export function addWeightGrad(gpu: Gpu, operands: Operands): void {
  for (const { value, rows, columns, x, h, w, H } of windowParts(operands)) {
    value.addGrad(gpu, (dw, accumulate) => {
      if (!accumulate && columns < value.shape[0]!) gpu.clear(dw);
      matmul(gpu, {
        M: columns,
        N: H,
        K: rows,
        a: { ...x, transposed: true },
        b: h,
        c: { ...w, view: dw },
        accumulate,
      });
    });
  }
}

/** `G = AᵀB`, [H, H], for two weights [V, H] that are split alike: a sum over the vocabulary. */
export function acrossVocabulary(gpu: Gpu, a: Parameter, b: Parameter): Tensor {
  const [, H = 0] = a.shape;
  const product = gpu.empty([H, H]);
  for (const [index, { rows, value }] of a.windows.entries()) {
    matmul(gpu, {
      M: H,
      N: H,
      K: rows,
      a: { view: value.tensor, stride: H, transposed: true },
      b: { view: b.windows[index]!.value.tensor, stride: H },
      c: { view: product, stride: H },
      accumulate: index > 0,
    });
  }
  return product;
}

/** `dW += W·C` for a weight W [V, H] and C [H, H]: the gradient of what depends on WᵀW. */
export function addProductToGrad(gpu: Gpu, weight: Parameter, c: Tensor): void {
  const [, H = 0] = weight.shape;
  for (const { rows, value } of weight.windows) {
    value.addGrad(gpu, (dw, accumulate) =>
      matmul(gpu, {
        M: rows,
        N: H,
        K: H,
        a: { view: value.tensor, stride: H },
        b: { view: c, stride: H },
        c: { view: dw, stride: H },
        accumulate,
      }));
  }
}

/** Where the columns of a chunk meet a window of the weight. */
interface WindowPart {
  /** The window. */
  value: Value;
  /** The rows of the chunk. */
  rows: number;
  /** How many columns meet the window. */
  columns: number;
  /** The first of them in [M, V]. */
  first: number;
  /** These columns of the chunk, [rows, columns]. */
  x: Matrix;
  /** The rows of the window that they meet, [columns, H]. */
  w: Matrix;
  /** The hidden states of the chunk's rows, [rows, H]. */
  h: Matrix;
  /** The hidden size. */
  H: number;
}

/** The loop over the windows of a weight that the products are made of. */
function* windowParts(
  { x, rowStart = 0, columnStart = 0, hidden, weight }: Operands,
): Generator<WindowPart, void, void> {
  const [V = 0, H = 0] = weight.shape;
  const [rows = 0, columns = 0] = x.shape;
  const end = columnStart + columns;
  if (end > V || hidden.shape.at(-1) !== H || hidden.size < (rowStart + rows) * H) {
    throw new GpuError(
      `A chunk of shape [${x.shape}] from row ${rowStart} and column ${columnStart} on does not ` +
        `fit hidden states of shape [${hidden.shape}] and a weight of shape [${weight.shape}].`,
    );
  }
  const dtype = x.dtype === "f16" ? x.dtype : hidden.dtype;
  for (const window of weight.windows) {
    const first = Math.max(columnStart, window.rowStart);
    const count = Math.min(end, window.rowStart + window.rows) - first;
    if (count <= 0) continue;
    const { value } = window;
    yield {
      value,
      rows,
      columns: count,
      first,
      x: { view: x, start: first - columnStart, stride: columns },
      w: { view: value.operand(dtype), start: (first - window.rowStart) * H, stride: H },
      h: { view: hidden, start: rowStart * H, stride: H },
      H,
    };
  }
}
