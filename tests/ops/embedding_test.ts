import { assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { corruptedRows } from "../../lib/ops/corruption.ts";
import { embedDense, embedTokens } from "../../lib/ops/embedding.ts";
import { oneHotRows, tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape, type Value } from "../../lib/ops/tape.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** Rows of `E`, as a store with gradients that are not zero at first. */
function embeddingStore(gpu: Gpu, V: number, H: number) {
  const store = new ParameterStore(
    gpu,
    [{ name: "E", shape: [V, H], init: { kind: "constant", value: 0 } }],
    true,
  );
  const values = randomNumbers(V * H, 5);
  store.write("E", values);
  for (const { value } of store.get("E").windows) {
    gpu.write(value.grad!, new Float32Array(value.grad!.size).fill(0.5));
  }
  return { store, values };
}

/** x · E for x [M, V] and E [V, H], in float64. */
function product(x: ArrayLike<number>, E: ArrayLike<number>, V: number, H: number): Float64Array {
  return Float64Array.from({ length: x.length / V * H }, (_, i) => {
    let sum = 0;
    for (let v = 0; v < V; v++) sum += x[Math.floor(i / H) * V + v]! * E[v * H + i % H]!;
    return sum;
  });
}

/** Checks output and gradient of an embedding that should equal x · E. */
async function checkEmbedding(
  gpu: Gpu,
  { V, H, x }: { V: number; H: number; x: ArrayLike<number> },
  embed: (tape: Tape, E: ReturnType<ParameterStore["get"]>) => Value,
): Promise<void> {
  const { store, values } = embeddingStore(gpu, V, H);
  using _store = store;
  using tape = new Tape(gpu, true);
  using y = embed(tape, store.get("E"));
  assertClose(await gpu.read(y.tensor), product(x, values, V, H), 1e-5, "output");
  const dy = randomNumbers(y.tensor.size, 6);
  y.addGrad(gpu, (target) => gpu.write(target, dy));
  tape.backwardFromGrads();
  const expected = new Float64Array(V * H).fill(0.5);
  for (let m = 0; m < x.length / V; m++) {
    for (let v = 0; v < V; v++) {
      for (let h = 0; h < H; h++) expected[v * H + h]! += x[m * V + v]! * dy[m * H + h]!;
    }
  }
  assertClose(await store.read("E", "grad"), expected, 1e-5, "gradient");
}

/** One-hot rows of token ids. */
function oneHot(tokens: ArrayLike<number>, V: number): Float32Array {
  const x = new Float32Array(tokens.length * V);
  for (let m = 0; m < tokens.length; m++) if (tokens[m]! < V) x[m * V + tokens[m]!] = 1;
  return x;
}

for (const chunkBytes of [undefined, 4 * 60, 4]) {
  gpuTest(
    `embedDense() multiplies given rows, chunks of ${chunkBytes ?? "any"} bytes`,
    (gpu) => {
      const [M, V, H] = chunkBytes === 4 ? [3, 4, 5] : [13, 22, 9];
      const x = randomNumbers(M * V, 7);
      return checkEmbedding(gpu, { V, H, x }, (tape, E) => {
        using tensor = gpu.tensor(x, [M, V]);
        return embedDense(tape, tensorRows(gpu, tensor), E, { rows: M, chunkBytes });
      });
    },
  );
}

gpuTest("embedDense() multiplies corrupted data, whatever the chunks", async (gpu) => {
  const [B, length, V, H] = [2, 7, 22, 8];
  const data = {
    tokens: gpu.tensor(Uint32Array.from({ length: B * length }, (_, i) => (i * 5) % V)),
    gammas: gpu.tensor(new Float32Array([0.7, 0.2])),
    length,
    key: [12, 34] as const,
    step: 3,
    firstSample: 6,
  };
  using all = gpu.empty([B * length, V]);
  corruptedRows(gpu, data).write(all, 0, 0);
  const x = await gpu.read(all);
  for (const chunkBytes of [4 * V * B * length, 4 * 50]) {
    await checkEmbedding(
      gpu,
      { V, H, x },
      (tape, E) => embedDense(tape, corruptedRows(gpu, data), E, { rows: B * length, chunkBytes }),
    );
  }
  data.tokens.release();
  data.gammas.release();
});

for (const H of [7, 8, 44]) {
  gpuTest(`embedTokens() looks rows up and adds gradients of repeated ones, H = ${H}`, (gpu) => {
    const V = 9;
    const tokens = Uint32Array.from({ length: 53 }, (_, i) => (i * i) % (i % 3 ? V : 4));
    return checkEmbedding(gpu, { V, H, x: oneHot(tokens, V) }, (tape, E) => {
      using ids = gpu.tensor(tokens);
      return embedTokens(tape, ids, E);
    });
  });
}

gpuTest("embedTokens() gives zeros for ids beyond the vocabulary", (gpu) => {
  const tokens = new Uint32Array([0, 5, 4, 4_000_000_000, 2]);
  return checkEmbedding(gpu, { V: 5, H: 4, x: oneHot(tokens, 5) }, (tape, E) => {
    using ids = gpu.tensor(tokens);
    return embedTokens(tape, ids, E);
  });
});

for (const kind of ["cpu", "gpu"] as const) {
  Deno.test({
    name: `embedTokens() adds gradients in the order of positions, to the bit (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      using gpu = await Gpu.open({ kind });
      const [V, H] = [311, 3];
      const idsOf = {
        "one token": () => 7,
        "few tokens": (p: number) => [0, 22, 3, 3, 11][p * p % 5]!,
        "all tokens, and some beyond": (p: number) => (p * 641 + (p >> 4)) % 331,
      };
      for (const [tokens, idOf] of Object.entries(idsOf)) {
        for (const M of [1, 7, 8, 9, 255, 256, 257, 1_003]) {
          const ids = Uint32Array.from({ length: M }, (_, p) => idOf(p));
          const { store, values } = embeddingStore(gpu, V, H);
          using _store = store;
          using tape = new Tape(gpu, true);
          using uploaded = gpu.tensor(ids);
          using y = embedTokens(tape, uploaded, store.get("E"));
          const dy = randomNumbers(M * H, 6);
          y.addGrad(gpu, (target) => gpu.write(target, dy));
          const rows = new Float32Array(M * H);
          // Its numbers are rounded as the sums of the device are.
          const sums = new Float32Array(V * H);
          for (let i = 0; i < rows.length; i++) {
            const at = ids[Math.floor(i / H)]! * H + i % H;
            if (at >= V * H) continue;
            rows[i] = values[at]!;
            sums[at]! += dy[i]!;
          }
          assertEquals(await gpu.read(y.tensor), rows, `${tokens}, ${M} positions`);
          tape.backwardFromGrads();
          const grad = await store.read("E", "grad");
          assertEquals(grad, sums.map((sum) => 0.5 + sum), `${tokens}, ${M} positions`);
        }
      }
    },
  });
}

Deno.test({
  name: "both embeddings work on a matrix split into windows",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using gpu = await Gpu.open({ maxBindingBytes: 4096 });
    // Rows of 40 bytes: 102 of them in a window, so the second starts at no multiple of 4.
    const [M, V, H] = [6, 230, 10];
    const tokens = new Uint32Array([0, 101, 102, 229, 203, 102]);
    const before = gpu.memory().inUse;
    await checkEmbedding(gpu, { V, H, x: oneHot(tokens, V) }, (tape, E) => {
      assertEquals(E.windows.length, 3);
      using ids = gpu.tensor(tokens);
      return embedTokens(tape, ids, E);
    });
    const data = {
      tokens: gpu.tensor(tokens),
      gammas: gpu.tensor(new Float32Array([0.3, 0.6])),
      length: 3,
      key: [1, 2] as const,
      step: 0,
      firstSample: 0,
    };
    const x = new Float32Array(M * V);
    for (let row = 0; row < M; row++) {
      using target = gpu.empty([1, V]);
      corruptedRows(gpu, data).write(target, row, 0);
      x.set(await gpu.read(target), row * V);
    }
    await checkEmbedding(
      gpu,
      { V, H, x },
      (tape, E) => embedDense(tape, corruptedRows(gpu, data), E, { rows: M }),
    );
    // Two whole rows in a chunk, each of which meets all windows.
    await checkEmbedding(
      gpu,
      { V, H, x: oneHot(tokens, V) },
      (tape, E) =>
        embedDense(tape, oneHotRows(gpu, data.tokens), E, { rows: M, chunkBytes: 8 * V }),
    );
    data.tokens.release();
    data.gammas.release();
    await gpu.finish();
    assertEquals(gpu.memory().inUse, before);
  },
});

gpuTest(
  "embedTokens() has gradients of more positions than a loop of llvmpipe has rounds",
  (gpu) => {
    const [M, V, H] = [70_001, 3, 2];
    const tokens = Uint32Array.from({ length: M }, (_, m) => Number(m === M - 1));
    return checkEmbedding(gpu, { V, H, x: oneHot(tokens, V) }, (tape, E) => {
      using ids = gpu.tensor(tokens);
      return embedTokens(tape, ids, E);
    });
  },
);
