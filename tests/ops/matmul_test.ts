import type { Gpu } from "../../lib/gpu/gpu.ts";
import { matmul, type MatmulVariant } from "../../lib/ops/matmul.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** Stores a row-major [rows, columns] matrix inside padding, possibly transposed. */
function store(
  values: Float32Array,
  rows: number,
  columns: number,
  transposed: boolean,
  start: number,
  padding: number,
): { data: Float32Array; stride: number } {
  const [storedRows, storedColumns] = transposed ? [columns, rows] : [rows, columns];
  const stride = storedColumns + padding;
  const data = new Float32Array(start + storedRows * stride).fill(777);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const [i, j] = transposed ? [c, r] : [r, c];
      data[start + i * stride + j] = values[r * columns + c]!;
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

/** A product to check. */
interface Case {
  size: readonly [M: number, N: number, K: number];
  layout: keyof typeof layouts;
  aT: boolean;
  bT: boolean;
  variant: MatmulVariant;
}

/** Compares a product with the sum in float64, with a bias and added to what is there. */
async function checkMatmul(
  gpu: Gpu,
  { size: [M, N, K], layout, aT, bT, variant }: Case,
): Promise<void> {
  const { start, padding, step } = layouts[layout];
  const x = randomNumbers(M * K, 1);
  const y = randomNumbers(K * N, 2);
  const biasValues = randomNumbers(N + 3, 3);
  const cStride = N + padding;
  const before = randomNumbers(start + M * cStride, 4);
  const a = store(x, M, K, aT, start, padding);
  const b = store(y, K, N, bT, start + step, padding + step);
  const sums = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += x[m * K + k]! * y[k * N + n]!;
      sums[m * N + n] = sum;
    }
  }
  using aTensor = gpu.tensor(a.data);
  using bTensor = gpu.tensor(b.data);
  using bias = gpu.tensor(biasValues);
  // Rounding errors of a sum grow with the root of its length.
  const bound = 1e-6 * Math.max(1, Math.sqrt(K) / 30);
  for (const accumulate of [false, true]) {
    using c = gpu.tensor(before);
    matmul(gpu, {
      M,
      N,
      K,
      a: { view: aTensor, start, stride: a.stride, transposed: aT },
      b: { view: bTensor, start: start + step, stride: b.stride, transposed: bT },
      c: { view: c, start, stride: cStride },
      ...(accumulate ? {} : { bias: { view: bias, start: 3 } }),
      accumulate,
    }, variant);
    // Padding must stay as it was.
    const expected = new Float64Array(before);
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        const at = start + m * cStride + n;
        expected[at] = sums[m * N + n]! + (accumulate ? before[at]! : biasValues[3 + n]!);
      }
    }
    assertClose(await gpu.read(c), expected, bound, accumulate ? "accumulated" : "with bias");
  }
}

function describe({ size, layout, aT, bT, variant }: Case): string {
  return `${variant} ${aT ? "Aᵀ" : "A"}·${bT ? "Bᵀ" : "B"} ${size.join("x")} ${layout}`;
}

const SIZES: readonly (readonly [...Case["size"], Case["layout"]])[] = [
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
  for (const [M, N, K, layout] of SIZES) {
    for (const [aT, bT] of [[false, false], [false, true], [true, false], [true, true]] as const) {
      const product: Case = { size: [M, N, K], layout, aT, bT, variant };
      gpuTest(
        `matmul() equals the sum: ${describe(product)}`,
        (gpu) => checkMatmul(gpu, product),
      );
    }
  }
}

// Operands of more than 8 MiB, and more steps than a loop of llvmpipe may have.
const LARGE: readonly Omit<Case, "variant">[] = [
  { size: [33_000, 8, 64], layout: "packed", aT: false, bT: false },
  { size: [3, 33_001, 64], layout: "packed", aT: false, bT: true },
  { size: [5, 64, 33_000], layout: "packed", aT: true, bT: false },
  { size: [64, 3, 33_001], layout: "packed", aT: true, bT: true },
  { size: [1, 1, 4 * 65_535 + 10], layout: "odd", aT: false, bT: true },
];
for (const large of LARGE) {
  const product: Case = { ...large, variant: "register" };
  gpuTest(
    `matmul() divides large products: ${describe(product)}`,
    (gpu) => checkMatmul(gpu, product),
  );
}
