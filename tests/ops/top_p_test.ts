import { assert, assertEquals } from "@std/assert";
import { topPRows } from "../../lib/ops/top_p.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { softmaxOf } from "../testing/head.ts";

/**
 * The smallest set of largest entries that sum to `topP`, with those equal to its least, in
 * float64.
 */
function reference(row: readonly number[], topP: number): number[] {
  const sorted = row.toSorted((a, b) => b - a);
  let sum = 0;
  const least = sorted.find((p) => (sum += p) >= topP) ?? 0;
  const kept = row.map((p) => p >= least ? p : 0);
  const total = kept.reduce((a, b) => a + b);
  return kept.map((p) => p / total);
}

/** Rows of probabilities, as float32 has them; `spread` says how much they differ. */
function randomRows(rows: number, columns: number, spread: number): number[][] {
  const numbers = randomNumbers(rows * columns, columns);
  const logits = Array.from(
    { length: rows },
    (_, m) => [...numbers.subarray(m * columns, (m + 1) * columns)].map((v) => spread * v),
  );
  return softmaxOf(logits).map((row) => row.map(Math.fround));
}

gpuTest("topPRows() takes a vocabulary of any size", async (gpu) => {
  // The last entry is as likely as all others together.
  const columns = 300_007;
  const row = new Float32Array(columns).fill(0.5 / (columns - 1));
  row[columns - 1] = 0.5;
  using p = gpu.tensor(row, [1, columns]);
  topPRows(gpu, p, 0.5);
  const expected = new Float32Array(columns);
  expected[columns - 1] = 1;
  assertEquals(await gpu.read(p), expected);
});

for (const lanes of [1, 8, 256]) {
  const named = (what: string) => `topPRows() ${what} with ${lanes} lanes`;

  gpuTest(named("keeps the fewest entries that are enough"), async (gpu) => {
    for (const [rows, columns] of [[1, 1], [3, 7], [5, 65], [67, 131], [2, 2501]] as const) {
      for (const spread of [1, 12]) {
        const data = randomRows(rows, columns, spread);
        for (const topP of [0.03, 0.5, 0.9, 0.999]) {
          using p = gpu.tensor(Float32Array.from(data.flat()), [rows, columns]);
          topPRows(gpu, p, topP, { lanes });
          const found = await gpu.read(p);
          const what = `${rows} x ${columns}, spread ${spread}, top-p ${topP}`;
          for (const [m, row] of data.entries()) {
            const cut = found.subarray(m * columns, (m + 1) * columns);
            // As many as the rounding of the sums allows, and all but those are as in the
            // reference.
            const [fewest, most] = [topP - 2e-6, topP + 2e-6].map((each) => reference(row, each));
            const count = (p: ArrayLike<number>) => Array.from(p).filter((v) => v > 0).length;
            assert(count(cut) >= count(fewest!) && count(cut) <= count(most!), what);
            const kept = row.map((p, v) => cut[v]! > 0 ? p : 0);
            const least = Math.min(...kept.filter((p) => p > 0));
            assert(row.every((p, v) => kept[v] === (p >= least ? p : 0)), what);
            const total = kept.reduce((a, b) => a + b);
            assertClose(cut, kept.map((p) => p / total), 2e-6, what);
          }
        }
      }
    }
  });

  gpuTest(named("keeps all of equal entries or none"), async (gpu) => {
    const row = [0.125, 0.25, 0.125, 0.375, 0.125];
    const cases: [topP: number, expected: number[]][] = [
      [1e-40, [0, 0, 0, 1, 0]],
      [0.375, [0, 0, 0, 1, 0]],
      [0.376, [0, 0.4, 0, 0.6, 0]],
      [0.625, [0, 0.4, 0, 0.6, 0]],
      [0.63, row],
      [0.9999, row],
    ];
    for (const [topP, expected] of cases) {
      using p = gpu.tensor(Float32Array.from(row), [1, row.length]);
      topPRows(gpu, p, topP, { lanes });
      assertClose(await gpu.read(p), expected, 1e-7, `top-p ${topP}`);
    }
  });

  gpuTest(named("finds a single entry at every place, and certainty"), async (gpu) => {
    const size = 301;
    const data = new Float32Array(size * size).fill(0.5 / (size - 1));
    for (let i = 0; i < size; i++) data[i * size + i] = 0.5;
    using p = gpu.tensor(data, [size, size]);
    topPRows(gpu, p, 0.5, { lanes });
    const expected = new Float32Array(size * size);
    for (let i = 0; i < size; i++) expected[i * size + i] = 1;
    assertEquals(await gpu.read(p), expected);
    topPRows(gpu, p, 0.999, { lanes });
    assertEquals(await gpu.read(p), expected);
  });

  gpuTest(named("leaves what is no number"), async (gpu) => {
    using p = gpu.tensor(Float32Array.from([NaN, 0.5, 0.5, 0.2, 0.7, 0.1]), [2, 3]);
    topPRows(gpu, p, 0.6, { lanes });
    const found = await gpu.read(p);
    assert(Number.isNaN(found[0]), String(found));
    assertEquals([...found.subarray(3)], [0, 1, 0]);
  });
}
