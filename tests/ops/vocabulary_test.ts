import { assert, assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { type DryGpuOptions, openDryGpu } from "../../lib/gpu/dry.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import { Parameter } from "../../lib/ops/parameter.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Value } from "../../lib/ops/tape.ts";
import {
  acrossVocabulary,
  addWeightGrad,
  type Chunk,
  chunkSize,
  chunksOf,
  forEachChunk,
  fromVocabulary,
  toVocabulary,
} from "../../lib/ops/vocabulary.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** Rows of the states, entries of the vocabulary, hidden size. */
const [M, V, H] = [7, 23, 5];
/** Rows of the weight's windows: none begins at a multiple of 4. */
const WINDOWS = [9, 2, 12];

/** A weight [V, H] in windows, with a gradient for each that it owns. */
class SplitWeight extends Parameter implements Disposable {
  static make(gpu: Gpu, numbers: Float32Array, windows: readonly number[] = WINDOWS): SplitWeight {
    let rowStart = 0;
    const parts = windows.map((rows) => {
      const part = numbers.slice(rowStart * H, (rowStart + rows) * H);
      const window = { rowStart, rows, value: new Value(gpu.tensor(part, [rows, H]), true) };
      rowStart += rows;
      return window;
    });
    return new SplitWeight("w", [rowStart, H], parts);
  }

  async readGrad(gpu: Gpu): Promise<number[]> {
    const parts: number[] = [];
    for (const { value } of this.windows) parts.push(...await gpu.read(value.grad!));
    return parts;
  }

  [Symbol.dispose](): void {
    for (const { value } of this.windows) {
      value.dropGrad();
      value[Symbol.dispose]();
    }
  }
}

/** Only the shape and the windows of a weight. */
function shapeOf(windows: readonly number[]): Pick<Parameter, "shape" | "windows"> {
  const value = undefined as unknown as Value;
  let rowStart = 0;
  const parts = windows.map((rows) => ({ rowStart: (rowStart += rows) - rows, rows, value }));
  return { shape: [rowStart, H], windows: parts };
}

/** Σ_k a(i, k)·b(k, j). */
function product(
  [rows, inner, columns]: readonly [number, number, number],
  a: (i: number, k: number) => number,
  b: (k: number, j: number) => number,
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += a(Math.floor(at / columns), k) * b(k, at % columns);
    }
    return sum;
  });
}

Deno.test("chunkSize() shares whole rows out evenly, in whole tiles if there is room", () => {
  const size = (rows: number, columns: number, bytes: number) =>
    chunkSize(rows, columns, { wholeRows: true, bytes });
  assertEquals(size(5, 10, 1000), { rows: 16, columns: 10 });
  assertEquals(size(5, 10, 80), { rows: 2, columns: 10 });
  // 50 rows fit at once; 80 make two chunks.
  assertEquals(size(80, 10, 2000), { rows: 48, columns: 10 });
  assertEquals(size(8192, 50257, 32 << 20), { rows: 166, columns: 50257 });
  assertThrows(() => size(5, 10, 39), GpuError, "A row of 10 numbers takes 40 bytes");
});

Deno.test("chunkSize() takes all parts of rows, else near-square ones within the bound", () => {
  const size = (rows: number, columns: number, bytes: number) =>
    chunkSize(rows, columns, { wholeRows: false, bytes });
  assertEquals(size(4096, 30, 32 << 20), { rows: 4096, columns: 30 });
  assertEquals(size(64, 50257, 32 << 20), { rows: 64, columns: 50257 });
  assertEquals(size(8192, 50257, 32 << 20), { rows: 2896, columns: 2896 });
  // Whole draws of four numbers if there is room: a square of 7 × 7 would be allowed.
  assertEquals(size(53, 23, 4 * 50), { rows: 7, columns: 4 });
  assertEquals(size(9, 9, 4 * 10), { rows: 3, columns: 3 });
  for (
    const [rows, columns, bytes] of [[8192, 50257, 32 << 20], [100, 7, 100], [9, 9, 4]] as const
  ) {
    const chunk = size(rows, columns, bytes);
    assert(chunk.rows >= 1 && chunk.columns >= 1 && 4 * chunk.rows * chunk.columns <= bytes);
  }
});

Deno.test("chunksOf() takes larger chunks on graphics cards, where a binding holds them", () => {
  const weight = { ...shapeOf([50257]), shape: [50257, 768] };
  const rowsOf = (options: DryGpuOptions) => {
    using gpu = openDryGpu(options);
    return chunksOf(gpu, 8192, weight)[0]!.rows;
  };
  assertEquals(rowsOf({ kind: "cpu" }), 166);
  assertEquals(rowsOf({ kind: "gpu" }), 640);
  assertEquals(rowsOf({ kind: "gpu", maxBindingBytes: 32 << 20 }), 166);
});

gpuTest("chunksOf() covers a matrix once: whole rows, or parts that end with windows", (gpu) => {
  const weight = shapeOf(WINDOWS);
  for (const wholeRows of [true, false]) {
    for (const rows of [1, 16, 17, 53]) {
      for (const numbers of [23, 60, 401, 1 << 20]) {
        const chunks = chunksOf(gpu, rows, weight, { wholeRows, chunkBytes: 4 * numbers });
        const seen = new Uint8Array(rows * V);
        for (const chunk of chunks) {
          assert(chunk.rows * chunk.columns <= numbers);
          for (let r = chunk.rowStart; r < chunk.rowStart + chunk.rows; r++) {
            for (let c = 0; c < chunk.columns; c++) seen[r * V + chunk.columnStart + c]!++;
          }
          const end = chunk.columnStart + chunk.columns;
          if (wholeRows) assertEquals([chunk.columnStart, end], [0, V]);
          else {
            assert(
              weight.windows.some(({ rowStart, rows }) =>
                rowStart <= chunk.columnStart && end <= rowStart + rows
              ),
            );
          }
        }
        assert(seen.every((times) => times === 1));
      }
    }
  }
  assertEquals(chunksOf(gpu, 40, shapeOf([10]), { chunkBytes: 1000 }), [
    { rowStart: 0, rows: 25, columnStart: 0, columns: 10 },
    { rowStart: 25, rows: 15, columnStart: 0, columns: 10 },
  ]);
});

gpuTest("forEachChunk() makes chunks of several sources in memory that all share", async (gpu) => {
  const numbers = [randomNumbers(M * V, 1), randomNumbers(M * V, 2)];
  const tensors = numbers.map((each) => gpu.tensor(each, [M, V]));
  const sources = tensors.map((tensor) => tensorRows(gpu, tensor));
  const weight = shapeOf(WINDOWS);
  for (const wholeRows of [true, false]) {
    const chunks = chunksOf(gpu, M, weight, { wholeRows, chunkBytes: 4 * 50 });
    assert(chunks.length > 3);
    const copies: { chunk: Chunk; i: number; copy: Tensor }[] = [];
    const before = gpu.memory().inUse;
    let kept: Tensor | undefined;
    const buffers = new Set<GPUBuffer>();
    forEachChunk(gpu, sources, chunks, (chunk, matrices) => {
      for (const [i, matrix] of matrices.entries()) {
        assertEquals(matrix.shape, [chunk.rows, chunk.columns]);
        buffers.add(matrix.buffer);
        const copy = gpu.empty(matrix.shape);
        gpu.copy(matrix, copy);
        copies.push({ chunk, i, copy });
      }
      if (chunk === chunks.at(-1)) kept = matrices[1]!.retain();
    });
    assertEquals(buffers.size, 2);
    copies.push({ chunk: chunks.at(-1)!, i: 1, copy: kept! });
    for (const { chunk, i, copy } of copies) {
      const found = await gpu.read(copy);
      const expected = Float32Array.from({ length: chunk.rows * chunk.columns }, (_, at) => {
        const row = chunk.rowStart + Math.floor(at / chunk.columns);
        return numbers[i]![row * V + chunk.columnStart + at % chunk.columns]!;
      });
      assertEquals(found, expected);
      copy.release();
    }
    assertEquals(gpu.memory().inUse, before);
  }
  for (const tensor of tensors) tensor.release();
});

gpuTest("forEachChunk() gives its memory back when a use throws", (gpu) => {
  using x = gpu.zeros([M, V]);
  const before = gpu.memory().inUse;
  assertThrows(() =>
    forEachChunk(gpu, [tensorRows(gpu, x)], chunksOf(gpu, M, shapeOf([V])), () => {
      throw new GpuError("no");
    }), GpuError);
  assertEquals(gpu.memory().inUse, before);
});

/** All of a matrix, some rows, and parts that meet one window or several. */
const CHUNKS: Chunk[] = [
  { rowStart: 0, rows: M, columnStart: 0, columns: V },
  { rowStart: 2, rows: 3, columnStart: 0, columns: V },
  { rowStart: 1, rows: 4, columnStart: 3, columns: 5 },
  { rowStart: 3, rows: 4, columnStart: 7, columns: 11 },
];

for (const chunk of CHUNKS) {
  const { rowStart, rows, columnStart, columns } = chunk;
  const place = `rows ${rowStart}+${rows}, columns ${columnStart}+${columns}`;
  const wNumbers = randomNumbers(V * H, 1);
  const hNumbers = randomNumbers(M * H, 2);
  const xNumbers = randomNumbers(rows * columns, 3);
  const bNumbers = randomNumbers(V, 4);
  const w = (v: number, k: number) => wNumbers[(columnStart + v) * H + k]!;
  const h = (m: number, k: number) => hNumbers[(rowStart + m) * H + k]!;
  const x = (m: number, v: number) => xNumbers[m * columns + v]!;

  gpuTest(`toVocabulary() is h·Wᵀ + b over windows: ${place}`, async (gpu) => {
    using weight = SplitWeight.make(gpu, wNumbers);
    using hidden = gpu.tensor(hNumbers, [M, H]);
    using biasValue = new Value(gpu.tensor(bNumbers), false);
    const bias = new Parameter("b", [V], [{ rowStart: 0, rows: V, value: biasValue }]);
    const logits = product([rows, H, columns], h, (k, v) => w(v, k));
    using target = gpu.tensor(xNumbers, [rows, columns]);
    const operands = { ...chunk, x: target, hidden, weight };
    toVocabulary(gpu, operands, { accumulate: true });
    assertClose(await gpu.read(target), logits.map((z, i) => z + xNumbers[i]!), 1e-6, "added");
    toVocabulary(gpu, operands, { bias });
    const biased = logits.map((z, i) => z + bNumbers[columnStart + i % columns]!);
    assertClose(await gpu.read(target), biased, 1e-6, "with bias");
  });

  gpuTest(`fromVocabulary() is x·W over windows: ${place}`, async (gpu) => {
    using weight = SplitWeight.make(gpu, wNumbers);
    using values = gpu.tensor(xNumbers, [rows, columns]);
    const states = product([rows, columns, H], x, w);
    for (const accumulate of [false, true]) {
      using hidden = gpu.tensor(hNumbers, [M, H]);
      fromVocabulary(gpu, { ...chunk, x: values, hidden, weight }, { accumulate });
      const expected = Float64Array.from(hNumbers);
      states.forEach((value, i) => {
        const at = rowStart * H + i;
        expected[at] = value + (accumulate ? expected[at]! : 0);
      });
      assertClose(await gpu.read(hidden), expected, 1e-6, `accumulate ${accumulate}`);
    }
  });

  gpuTest(`addWeightGrad() adds xᵀ·h over windows: ${place}`, async (gpu) => {
    using weight = SplitWeight.make(gpu, wNumbers);
    using hidden = gpu.tensor(hNumbers, [M, H]);
    using values = gpu.tensor(xNumbers, [rows, columns]);
    const share = product([columns, rows, H], (v, m) => x(m, v), h);
    // What the pool hands out is not clear.
    gpu.tensor(new Float32Array(V * H).fill(7)).release();
    for (const times of [1, 2]) {
      addWeightGrad(gpu, { ...chunk, x: values, hidden, weight });
      for (const { rowStart: first, rows: count, value } of weight.windows) {
        const met = first < columnStart + columns && columnStart < first + count;
        assertEquals(value.grad !== undefined, met);
        if (!met) continue;
        const expected = Float64Array.from({ length: count * H }, (_, i) => {
          const v = first + Math.floor(i / H) - columnStart;
          return v >= 0 && v < columns ? times * share[v * H + i % H]! : 0;
        });
        assertClose(await gpu.read(value.grad!), expected, 1e-6, `window ${first}, ${times}`);
      }
    }
  });
}

gpuTest("acrossVocabulary() is AᵀB, whatever the windows", async (gpu) => {
  const [a, b] = [randomNumbers(V * H, 1), randomNumbers(V * H, 2)];
  const expected = product([H, V, H], (i, v) => a[v * H + i]!, (v, j) => b[v * H + j]!);
  for (const windows of [[V], WINDOWS]) {
    using left = SplitWeight.make(gpu, a, windows);
    using right = SplitWeight.make(gpu, b, windows);
    using found = acrossVocabulary(gpu, left, right);
    assertClose(await gpu.read(found), expected, 1e-6, `${windows.length} windows`);
  }
});

gpuTest("products throw when chunk, weight and hidden states do not fit", (gpu) => {
  using weight = SplitWeight.make(gpu, randomNumbers(V * H, 1));
  using hidden = gpu.zeros([M, H]);
  using narrow = gpu.zeros([M, H - 1]);
  using x = gpu.empty([2, V]);
  const whole = { x, hidden, weight };
  toVocabulary(gpu, whole);
  for (
    const wrong of [
      { ...whole, hidden: narrow },
      { ...whole, rowStart: M - 1 },
      { ...whole, columnStart: 1 },
    ]
  ) {
    for (const product of [toVocabulary, fromVocabulary, addWeightGrad]) {
      assertThrows(() => product(gpu, wrong), GpuError, "A chunk of shape [2,23] from row");
    }
  }
});
