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

for (const variant of ["register", "tiled64", "tiled128"] satisfies MatmulVariant[]) {
  for (
    const [M, N, K] of [[1, 1, 1], [5, 3, 7], [17, 67, 33], [130, 71, 19], [9, 150, 40]] as const
  ) {
    for (const [aT, bT] of [[false, false], [false, true], [true, false], [true, true]] as const) {
      const layout = (aT ? "Aᵀ" : "A") + "·" + (bT ? "Bᵀ" : "B");
      gpuTest(`matmul() ${variant} ${layout} ${M}x${N}x${K} equals the sum`, async (gpu) => {
        const x = randomNumbers(M * K, 1);
        const y = randomNumbers(K * N, 2);
        const biasValues = randomNumbers(N + 3, 3);
        const before = randomNumbers(2 + M * (N + 1), 4);
        const a = store(x, M, K, aT, 3, 2);
        const b = store(y, K, N, bT, 5, 1);
        using aTensor = gpu.tensor(a.data);
        using bTensor = gpu.tensor(b.data);
        using bias = gpu.tensor(biasValues);
        for (const accumulate of [false, true]) {
          using c = gpu.tensor(before);
          matmul(gpu, {
            M,
            N,
            K,
            a: { view: aTensor, start: 3, stride: a.stride, transposed: aT },
            b: { view: bTensor, start: 5, stride: b.stride, transposed: bT },
            c: { view: c, start: 2, stride: N + 1 },
            ...(accumulate ? {} : { bias: { view: bias, start: 3 } }),
            accumulate,
          }, variant);
          // Padding must stay as it was.
          const expected = new Float64Array(before);
          for (let m = 0; m < M; m++) {
            for (let n = 0; n < N; n++) {
              let sum = accumulate ? before[2 + m * (N + 1) + n]! : biasValues[3 + n]!;
              for (let k = 0; k < K; k++) sum += x[m * K + k]! * y[k * N + n]!;
              expected[2 + m * (N + 1) + n] = sum;
            }
          }
          assertClose(await gpu.read(c), expected, 1e-6, accumulate ? "accumulated" : "with bias");
        }
      });
    }
  }
}
