import { assertEquals } from "@std/assert";
import { embedNextState } from "../../lib/flow/next_state.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { oneHotRows, tensorRows } from "../../lib/ops/row_sources.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** Two samples of three rows; the second term covers the second sample only. */
const [M, V, LENGTH] = [6, 230, 3];
const WIDTHS = [10, 8];

Deno.test({
  name: "embedNextState() embeds keep·x + Σ terms for each network, in windows and chunks",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const tokens = Uint32Array.from([7, 0, 229]);
    const dense = randomNumbers(M * V, 1);
    const [keep, first, second] = [2, 3, 4].map((seed) => randomNumbers(2, seed));
    const states = WIDTHS.map((H, i) => ({
      H,
      embedding: randomNumbers(V * H, 10 + i),
      embedded: randomNumbers(M * H, 20 + i),
    }));
    const expected = states.map(({ H, embedding, embedded }) =>
      Float64Array.from(embedded, (value, at) => {
        const [row, h] = [Math.floor(at / H), at % H];
        const sample = Math.floor(row / LENGTH);
        let sum = keep![sample]! * value;
        for (let v = 0; v < V; v++) {
          const isToken = row >= LENGTH && tokens[row - LENGTH] === v;
          const change = first![sample]! * dense[row * V + v]! + (isToken ? second![0]! : 0);
          sum += change * embedding[v * H + h]!;
        }
        return sum;
      })
    );
    for (const maxBindingBytes of [1 << 20, 1 << 12]) {
      using gpu = await Gpu.open({ maxBindingBytes });
      using owned = new DisposableStack();
      const own = (numbers: Float32Array, shape?: number[]) =>
        owned.use(gpu.tensor(numbers, shape));
      const networks = states.map(({ H, embedding, embedded }) => {
        const spec = { name: "E", shape: [V, H], init: { kind: "constant", value: 0 } } as const;
        const store = owned.use(new ParameterStore(gpu, [spec], false));
        store.write("E", embedding);
        return { embedding: store.get("E"), embedded: own(embedded, [M, H]) };
      });
      assertEquals(networks[0]!.embedding.windows.length, maxBindingBytes === 1 << 12 ? 3 : 1);
      using ids = gpu.tensor(tokens);
      // Larger than a small binding holds, so in two parts that are added.
      const half = [dense.slice(0, LENGTH * V), dense.slice(LENGTH * V)];
      const found = embedNextState(gpu, {
        states: networks,
        keep: own(keep!),
        terms: [
          ...half.map((rows, i) => ({
            source: tensorRows(gpu, own(rows, [LENGTH, V])),
            scales: own(first!.slice(i, i + 1)),
            firstRow: i * LENGTH,
            rows: LENGTH,
          })),
          {
            source: oneHotRows(gpu, ids),
            scales: own(second!.slice(0, 1)),
            firstRow: LENGTH,
            rows: LENGTH,
          },
        ],
        length: LENGTH,
      });
      for (const [i, tensor] of found.entries()) {
        assertEquals(tensor.shape, [M, WIDTHS[i]!]);
        assertClose(await gpu.read(tensor), expected[i]!, 1e-5, `network ${i}`);
        tensor.release();
      }
    }
  },
});

gpuTest("embedNextState() adds a single term to the rows that it is of", async (gpu) => {
  const H = WIDTHS[0]!;
  const [embedding, embedded] = [randomNumbers(V * H, 10), randomNumbers(M * H, 20)];
  const [dense, keep, share] = [
    randomNumbers(LENGTH * V, 1),
    randomNumbers(2, 2),
    randomNumbers(1, 3),
  ];
  const spec = { name: "E", shape: [V, H], init: { kind: "constant", value: 0 } } as const;
  using store = new ParameterStore(gpu, [spec], false);
  store.write("E", embedding);
  using x = gpu.tensor(embedded, [M, H]);
  using rows = gpu.tensor(dense, [LENGTH, V]);
  using keeps = gpu.tensor(keep);
  using scales = gpu.tensor(share);
  const source = tensorRows(gpu, rows);
  const [y] = embedNextState(gpu, {
    states: [{ embedding: store.get("E"), embedded: x }],
    keep: keeps,
    terms: [{ source, scales, firstRow: LENGTH, rows: LENGTH }],
    length: LENGTH,
  });
  const expected = Float64Array.from(embedded, (value, at) => {
    const [row, h] = [Math.floor(at / H), at % H];
    const own = row - LENGTH;
    let sum = keep[Math.floor(row / LENGTH)]! * value;
    for (let v = 0; own >= 0 && v < V; v++) {
      sum += share[0]! * dense[own * V + v]! * embedding[v * H + h]!;
    }
    return sum;
  });
  assertClose(await gpu.read(y!), expected, 1e-5, "state");
  y!.release();
});
