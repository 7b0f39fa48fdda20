import { assertEquals } from "@std/assert";
import { matmul, type MatmulVariant } from "../../lib/ops/matmul.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** Stores a row-major [rows, cols] matrix inside padding, possibly transposed. */
function store(
  values: Float32Array,
  rows: number,
  cols: number,
  transposed: boolean,
  start: number,
  padding: number,
): { data: Float32Array; stride: number } {
  const [storedRows, storedCols] = transposed ? [cols, rows] : [rows, cols];
  const stride = storedCols + padding;
  const data = new Float32Array(start + storedRows * stride).fill(777);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const [i, j] = transposed ? [c, r] : [r, c];
      data[start + i * stride + j] = values[r * cols + c]!;
    }
  }
  return { data, stride };
}

/** Where a matrix lies in its buffer: `step` more of start and padding for the second operand. */
const layouts = {
  odd: { start: 3, padding: 2, step: 1 },
  aligned: { start: 4, padding: 4, step: 4 },
  packed: { start: 0, padding: 0, step: 0 },
  "far apart": { start: 8, padding: 500, step: 4 },
};

const cases: readonly (readonly [number, number, number, keyof typeof layouts])[] = [
  [1, 1, 1, "odd"],
  [5, 3, 7, "odd"],
  [17, 67, 33, "odd"],
  [130, 71, 19, "odd"],
  [9, 150, 40, "odd"],
  [9, 150, 40, "aligned"],
  // More numbers than a row of an image holds.
  [264, 132, 68, "aligned"],
  [140, 132, 128, "packed"],
  [12, 20, 8, "far apart"],
];

for (const variant of ["register", "tiled64", "tiled128"] satisfies MatmulVariant[]) {
  for (const [M, N, K, layout] of cases) {
    for (const [aT, bT] of [[false, false], [false, true], [true, false], [true, true]] as const) {
      const product = (aT ? "Aᵀ" : "A") + "·" + (bT ? "Bᵀ" : "B");
      const size = `${M}x${N}x${K} ${layout}`;
      gpuTest(`matmul() ${variant} ${product} ${size} equals the sum`, async (gpu) => {
        const { start, padding, step } = layouts[layout];
        const x = randomNumbers(M * K, 1);
        const y = randomNumbers(K * N, 2);
        const biasValues = randomNumbers(N + 3, 3);
        const ldc = N + padding;
        const before = randomNumbers(start + M * ldc, 4);
        const a = store(x, M, K, aT, start, padding);
        const b = store(y, K, N, bT, start + step, padding + step);
        using aTensor = gpu.tensor(a.data);
        using bTensor = gpu.tensor(b.data);
        using bias = gpu.tensor(biasValues);
        for (const accumulate of [false, true]) {
          using c = gpu.tensor(before);
          matmul(gpu, {
            M,
            N,
            K,
            a: { view: aTensor, start, stride: a.stride, transposed: aT },
            b: { view: bTensor, start: start + step, stride: b.stride, transposed: bT },
            c: { view: c, start, stride: ldc },
            ...(accumulate ? {} : { bias: { view: bias, start: 3 } }),
            accumulate,
          }, variant);
          // Padding must stay as it was.
          const expected = new Float64Array(before);
          for (let m = 0; m < M; m++) {
            for (let n = 0; n < N; n++) {
              let sum = accumulate ? before[start + m * ldc + n]! : biasValues[3 + n]!;
              for (let k = 0; k < K; k++) sum += x[m * K + k]! * y[k * N + n]!;
              expected[start + m * ldc + n] = sum;
            }
          }
          assertClose(await gpu.read(c), expected, 1e-6, accumulate ? "accumulated" : "with bias");
        }
      });
    }
  }
}

for (const [aT, bT] of [[false, true], [true, false]] as const) {
  gpuTest(`matmul() takes more steps than a loop may have, ${aT ? "AᵀB" : "ABᵀ"}`, async (gpu) => {
    const K = 4 * 65_535 + 10;
    using ones = gpu.tensor(new Float32Array(K).fill(1));
    using bias = gpu.tensor(new Float32Array([0.5]));
    using c = gpu.empty([1]);
    matmul(gpu, {
      M: 1,
      N: 1,
      K,
      a: { view: ones, stride: aT ? 1 : K, transposed: aT },
      b: { view: ones, stride: bT ? K : 1, transposed: bT },
      c: { view: c, stride: 1 },
      bias: { view: bias },
    });
    assertEquals([...await gpu.read(c)], [K + 0.5]);
  });
}
