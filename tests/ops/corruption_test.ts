import { assert, assertEquals } from "@std/assert";
import type { AdapterKind } from "../../lib/gpu/adapter.ts";
import { corruptedRows, noiseRows } from "../../lib/ops/corruption.ts";
import { Philox, Stream } from "../../lib/random/philox.ts";
import { gpuTest } from "../testing/gpu.ts";

const SEED = 1234;
const philox = new Philox(SEED, Stream.Noise);
const source = { key: [SEED, 0] as const, step: 31, firstSample: 1000 };

/** x_t of one position and vocabulary entry on the host. */
function onHost(
  row: number,
  v: number,
  length: number,
  data?: { tokens: Uint32Array; gammas: Float32Array },
  indices?: Uint32Array,
): number {
  const sample = Math.floor(row / length);
  const noise = philox.normals(
    v >> 2,
    row % length,
    indices?.[sample] ?? source.firstSample + sample,
    source.step,
  )[v & 3]!;
  if (data === undefined) return noise;
  const gamma = data.gammas[sample]!;
  return (1 - gamma) * noise + (data.tokens[row] === v ? gamma : 0);
}

function assertNear(actual: number, expected: number, what: string): void {
  assert(Math.abs(actual - expected) < 1e-5, `${what}: ${actual}, not ${expected}`);
}

const chunks = {
  "all of it": { rowStart: 0, rows: 21, columnStart: 0, columns: 101 },
  "a chunk on no boundary": { rowStart: 5, rows: 9, columnStart: 7, columns: 34 },
  "an aligned chunk": { rowStart: 8, rows: 6, columnStart: 60, columns: 40 },
  "one entry": { rowStart: 20, rows: 1, columnStart: 99, columns: 1 },
  "many columns": { rowStart: 3, rows: 2, columnStart: 2, columns: 1001 },
};
for (const [name, { rowStart, rows, columnStart, columns }] of Object.entries(chunks)) {
  for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
    gpuTest(`corruptedRows() mixes noise and data: ${name}, ${kind} variant`, async (gpu) => {
      const length = 7;
      const data = {
        tokens: Uint32Array.from({ length: 21 }, (_, i) => (i * 37) % 101),
        gammas: new Float32Array([0.25, 0, 1]),
      };
      using tokens = gpu.tensor(data.tokens);
      using gammas = gpu.tensor(data.gammas);
      using target = gpu.empty([rows, columns]);
      const rowsOf = corruptedRows(gpu, { ...source, tokens, gammas, length }, kind);
      rowsOf.write(target, rowStart, columnStart);
      (await gpu.read(target)).forEach((value, i) => {
        const row = rowStart + Math.floor(i / columns);
        const v = columnStart + i % columns;
        assertNear(value, onHost(row, v, length, data), `row ${row}, entry ${v}`);
      });
    });
  }
}

gpuTest("corruptedRows() draws the noise of given samples", async (gpu) => {
  const [length, columns] = [2, 6];
  const data = {
    tokens: new Uint32Array([1, 2, 3, 4, 5, 0]),
    gammas: new Float32Array([0.5, 0.25, 0.75]),
  };
  const indices = new Uint32Array([8, 3, 500]);
  using tokens = gpu.tensor(data.tokens);
  using gammas = gpu.tensor(data.gammas);
  using samples = gpu.tensor(indices);
  using target = gpu.empty([5, columns]);
  const corrupted = corruptedRows(gpu, { ...source, length, tokens, gammas, samples });
  assertEquals(corrupted.tensors, [tokens, gammas, samples]);
  corrupted.write(target, 1, 0);
  (await gpu.read(target)).forEach((value, i) => {
    const row = 1 + Math.floor(i / columns);
    assertNear(value, onHost(row, i % columns, length, data, indices), `number ${i}`);
  });
});

gpuTest("noiseRows() writes the noise alone", async (gpu) => {
  using target = gpu.empty([5, 6]);
  const noise = noiseRows(gpu, { ...source, length: 4 });
  assertEquals(noise.tensors, []);
  noise.write(target, 2, 3);
  (await gpu.read(target)).forEach((value, i) =>
    assertNear(value, onHost(2 + Math.floor(i / 6), 3 + i % 6, 4), `number ${i}`)
  );
});
