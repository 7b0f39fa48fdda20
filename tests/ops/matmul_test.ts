import { assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import type { DType } from "../../lib/gpu/tensor.ts";
import { chooseWay, classOf } from "../../lib/ops/matmul_choice.ts";
import { matmul, type MatmulVariant } from "../../lib/ops/matmul.ts";
import { matrixMatmul } from "../../lib/ops/matmul_matrix.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { f16Test, gpuTest } from "../testing/gpu.ts";

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
  /** Parts of K; one unless given. */
  split?: number;
  /** What A and B are stored in, and C; f32 unless given. */
  dtypes?: readonly [DType, DType, DType];
}

/** Compares a product with the sum in float64, with a bias and added to what is there. */
async function checkMatmul(
  gpu: Gpu,
  { size: [M, N, K], layout, aT, bT, variant, split = 1, dtypes = ["f32", "f32", "f32"] }: Case,
): Promise<void> {
  const [aType, bType, cType] = dtypes;
  const { start, padding, step } = layouts[layout];
  // Matrix units round what they multiply.
  const stored = (values: Float32Array, dtype: DType) =>
    dtype === "f16" || variant === "matrix" ? values.map(Math.f16round) : values;
  const x = stored(randomNumbers(M * K, 1), aType);
  const y = stored(randomNumbers(K * N, 2), bType);
  const biasValues = randomNumbers(N + 3, 3);
  const cStride = N + padding;
  const before = randomNumbers(start + M * cStride, 4).map((value) =>
    cType === "f16" ? Math.f16round(value) : value
  );
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
  using aTensor = gpu.tensor(a.data, [a.data.length], aType);
  using bTensor = gpu.tensor(b.data, [b.data.length], bType);
  using bias = gpu.tensor(biasValues);
  // Rounding errors of a sum grow with the root of its length.
  const bound = cType === "f16" ? 3e-4 : 1e-6 * Math.max(1, Math.sqrt(K) / 30);
  for (const accumulate of [false, true]) {
    using c = gpu.tensor(before, [before.length], cType);
    matmul(gpu, {
      M,
      N,
      K,
      a: { view: aTensor, start, stride: a.stride, transposed: aT },
      b: { view: bTensor, start: start + step, stride: b.stride, transposed: bT },
      c: { view: c, start, stride: cStride },
      ...(accumulate ? {} : { bias: { view: bias, start: 3 } }),
      accumulate,
    }, { variant, split });
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

function describe({ size, layout, aT, bT, variant, split = 1, dtypes }: Case): string {
  return `${variant} ${aT ? "Aᵀ" : "A"}·${bT ? "Bᵀ" : "B"} ${size.join("x")} ${layout}` +
    (split > 1 ? ` in ${split} parts` : "") + (dtypes ? ` ${dtypes.join("·")}` : "");
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

const TRANSPOSES = [[false, false], [false, true], [true, false], [true, true]] as const;
const VARIANTS: readonly MatmulVariant[] = [
  "plain",
  "register",
  "tile32x32",
  "tile64x64",
  "tile64x128",
  "tile128x128",
];
for (const variant of VARIANTS) {
  for (const [M, N, K, layout] of SIZES) {
    // Most pipelines of large tiles take long to compile, and the smaller ones have the same text.
    const isLarge = variant === "tile64x128" || variant === "tile128x128";
    if (isLarge && M < 130) continue;
    for (const [aT, bT] of TRANSPOSES) {
      const product: Case = { size: [M, N, K], layout, aT, bT, variant };
      gpuTest(
        `matmul() equals the sum: ${describe(product)}`,
        (gpu) => checkMatmul(gpu, product),
      );
    }
  }
}

// What the usual ways take one or the other of.
for (const variant of ["register8x32", "register8x64", "register16x32", "register16x64"] as const) {
  for (const [size, layout] of [[[17, 67, 33], "odd"], [[36, 44, 40], "aligned"]] as const) {
    const product: Case = { size, layout, aT: true, bT: false, variant };
    gpuTest(`matmul() equals the sum: ${describe(product)}`, (gpu) => checkMatmul(gpu, product));
  }
}

const DTYPES: readonly (readonly [DType, DType, DType])[] = [
  ["f16", "f16", "f16"],
  ["f16", "f16", "f32"],
  ["f32", "f16", "f16"],
  ["f16", "f32", "f32"],
];
// The kernels of the other tiles have the same text.
for (const variant of ["plain", "register", "tile32x32"] as const) {
  for (const [i, dtypes] of DTYPES.entries()) {
    const [aT, bT] = TRANSPOSES[i]!;
    for (const [M, N, K, layout] of [[17, 67, 33, "odd"], [36, 44, 40, "aligned"]] as const) {
      const product: Case = { size: [M, N, K], layout, aT, bT, variant, dtypes };
      productTest(`matmul() equals the sum: ${describe(product)}`, product);
    }
  }
}

for (const variant of ["tile32x32", "tile64x64"] as const) {
  for (
    const [size, layout, split] of [
      [[9, 20, 300], "packed", 4],
      [[33, 7, 129], "packed", 3],
      // Too few steps for so many parts, and a layout whose parts cannot be added up.
      [[5, 4, 40], "packed", 100],
      [[9, 20, 300], "odd", 4],
    ] as const
  ) {
    const product: Case = { size, layout, aT: true, bT: false, variant, split };
    gpuTest(`matmul() equals the sum: ${describe(product)}`, (gpu) => checkMatmul(gpu, product));
  }
}

const MATRIX_SIZES = [[17, 67, 33, "odd"], [36, 44, 40, "aligned"]] as const;
for (const [i, dtypes] of [...DTYPES, ["f32", "f32", "f32"] as const].entries()) {
  for (const [M, N, K, layout] of MATRIX_SIZES) {
    for (const [aT, bT] of i === 0 ? TRANSPOSES : [TRANSPOSES[i % 4]!]) {
      const product: Case = { size: [M, N, K], layout, aT, bT, variant: "matrix", dtypes };
      productTest(`matmul() equals the sum: ${describe(product)}`, product);
    }
  }
}
for (const split of [1, 3]) {
  const product: Case = {
    size: [140, 132, 128],
    layout: "packed",
    aT: true,
    bT: false,
    variant: "matrix",
    split,
    dtypes: ["f16", "f16", "f32"],
  };
  productTest(`matmul() equals the sum: ${describe(product)}`, product);
}

gpuTest("matrixMatmul() has the same numbers whatever the tile", async (gpu) => {
  if (gpu.matrixUnits === undefined) return;
  const [M, N, K] = [37, 45, 50];
  using x = gpu.tensor(randomNumbers(M * K, 1), [M, K], "f16");
  using y = gpu.tensor(randomNumbers(K * N, 2), [K, N], "f16");
  const products = [];
  for (
    const tile of [
      { WM: 1, WN: 1, FM: 1, FN: 1, BK: 8 },
      { WM: 1, WN: 2, FM: 2, FN: 1, BK: 16 },
    ]
  ) {
    using c = gpu.empty([M, N]);
    const args = {
      ...{ M, N, K },
      a: { view: x, stride: K },
      b: { view: y, stride: N },
      c: { view: c, stride: N },
    };
    matrixMatmul(gpu, args, gpu.matrixUnits, 1, tile);
    products.push(await gpu.read(c));
  }
  assertClose(products[1]!, products[0]!, 1e-6, "products");
});

/** A test on adapters that have what the product needs. */
function productTest(name: string, product: Case): void {
  f16Test(name, async (gpu) => {
    if (product.variant === "matrix" && gpu.matrixUnits === undefined) return;
    await checkMatmul(gpu, product);
  });
}

gpuTest("classOf() puts the products of a network into their classes", (gpu) => {
  using view = gpu.empty([4]);
  const classes = (M: number, N: number, K: number) => {
    const matrix = (stride: number) => ({ view, stride });
    return classOf({ M, N, K, a: matrix(K), b: matrix(N), c: matrix(N) });
  };
  // OpenWebText, 8 texts: a layer forward, its weight's gradient, and the head.
  assertEquals(classes(8192, 3072, 768), "large");
  assertEquals(classes(3072, 768, 8192), "square");
  assertEquals(classes(768, 768, 8192), "square");
  assertEquals(classes(64, 50258, 768), "wide");
  // The demo.
  assertEquals(classes(128, 512, 2048), "tall");
  assertEquals(classes(32, 768, 128), "small");
});

gpuTest("chooseWay() leaves out what was refused", async () => {
  using gpu = await Gpu.open({ kind: "gpu" });
  using view = gpu.empty([4]);
  const matrix = { view, stride: 64 };
  const args = { M: 64, N: 64, K: 64, a: matrix, b: matrix, c: matrix };
  assertEquals(chooseWay(gpu, args), { variant: "tile32x32" });
  gpu.refuse("tile32x32");
  assertEquals(chooseWay(gpu, args), { variant: "plain" });
});

// Operands of more than 8 MiB, and more steps than a loop of llvmpipe may have.
const LARGE: readonly Omit<Case, "variant">[] = [
  { size: [33_000, 8, 64], layout: "packed", aT: false, bT: false },
  { size: [3, 33_001, 64], layout: "packed", aT: false, bT: true },
  { size: [5, 64, 33_000], layout: "packed", aT: true, bT: false },
  { size: [64, 3, 33_001], layout: "packed", aT: true, bT: true },
  { size: [1, 1, 4 * 65_535 + 10], layout: "odd", aT: false, bT: true },
];
gpuTest("matmul() has as many steps as it is asked for, by the plain kernel", async (gpu) => {
  // An invocation has 32 numbers, and llvmpipe counts the rounds of all their loops together.
  for (const [aT, bT] of [[false, true], [true, false]] as const) {
    await checkMatmul(gpu, { size: [16, 17, 5003], layout: "odd", aT, bT, variant: "plain" });
  }
});

for (const large of LARGE) {
  const product: Case = { ...large, variant: "register" };
  gpuTest(
    `matmul() divides large products: ${describe(product)}`,
    (gpu) => checkMatmul(gpu, product),
  );
}
