import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { attention, type AttentionOptions } from "../../lib/ops/attention.ts";
import { chooseAttention, MATRIX_ATTENTION } from "../../lib/ops/attention_choice.ts";
import { matrixForm } from "../../lib/ops/attention_matrix.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { f16Test } from "../testing/gpu.ts";
import { runAttention } from "../testing/run_attention.ts";

/** A test on adapters with matrix units; on others it is empty. */
function matrixTest(name: string, test: (gpu: Gpu) => Promise<void>): void {
  f16Test(name, async (gpu) => {
    if (gpu.matrixUnits !== undefined) await test(gpu);
  });
}

/** Compares f16 on matrix units with the streaming kernels in f32, which get the same numbers. */
async function compare(
  gpu: Gpu,
  data: Float32Array,
  headDim: number,
  options: AttentionOptions,
): Promise<void> {
  const numbers = data.map(Math.f16round);
  const dO = randomNumbers(data.length / 3, 6).map(Math.f16round);
  const exact = await runAttention(gpu, "f32", numbers, dO, { ...options, variant: gpu.kind });
  const half = await runAttention(gpu, "f16", numbers, dO, { ...options, variant: "matrix" });
  // A number of f16 is rounded by up to 5e-4, 2e-4 in the mean square. The streaming kernels with
  // f16 have errors of 2e-4, and of up to 8e-4 in gradients, where numbers that were rounded
  // cancel.
  assertClose(half.o, exact.o, 6e-4, `output, length ${options.length}`);
  const hidden = options.numHeads * headDim;
  for (const [part, name] of ["queries", "keys", "values"].entries()) {
    const ofPart = (grad: Float32Array) =>
      grad.filter((_, i) => Math.floor(i / hidden) % 3 === part);
    assertClose(ofPart(half.grad), ofPart(exact.grad), 2e-3, `gradient of ${name}`);
  }
}

for (const causal of [false, true]) {
  for (const softCap of [null, 50]) {
    const form = { causal, softCap };
    const title = `${causal ? "causal" : "bidirectional"} attention() on matrix units ${
      softCap === null ? "without a cap" : `with a cap of ${softCap}`
    }`;
    matrixTest(`${title} equals the streaming kernels`, async (gpu) => {
      // Heads that fill fragments in part; parts of tiles, and more than one workgroup's rows.
      for (const [batch, length, numHeads] of [[2, 37, 3], [1, 17, 2], [3, 8, 1]] as const) {
        const data = randomNumbers(batch * length * 3 * numHeads * 12, 5).map((v) => 3 * v);
        await compare(gpu, data, 12, { batch, length, numHeads, ...form });
      }
    });

    matrixTest(`${title} stays right when scores rise from key to key`, async (gpu) => {
      const [length, headDim] = [43, 12];
      const data = randomNumbers(length * 3 * headDim, 7);
      // Every other query sees scores that rise to some 40, the others scores that fall.
      for (let row = 0; row < length; row++) {
        data[row * 36] = row % 2 ? -140 : 140;
        data[row * 36 + 12] = row / length;
      }
      await compare(gpu, data, headDim, { batch: 1, length, numHeads: 1, ...form });
    });
  }
}

matrixTest("attention() on matrix units adds up gradients", async (gpu) => {
  const options = { batch: 1, length: 9, numHeads: 2, softCap: 50, variant: "matrix" as const };
  const data = randomNumbers(9 * 3 * 2 * 8, 5);
  const dO = randomNumbers(data.length / 3, 6);
  const once = await runAttention(gpu, "f16", data, dO, options);
  const twice = await runAttention(gpu, "f16", data, dO, options, 2);
  assertEquals(twice.grad, once.grad.map((v) => 2 * v));
});

matrixTest(
  "attention() on matrix units does not depend on what else is in a batch",
  async (gpu) => {
    const options = { length: 19, numHeads: 2, softCap: 50, variant: "matrix" as const };
    const data = randomNumbers(3 * 19 * 48, 5).map((v) => 4 * v);
    const dO = randomNumbers(data.length / 3, 6);
    const all = await runAttention(gpu, "f16", data, dO, { batch: 3, ...options });
    const [from, to] = [19 * 48, 2 * 19 * 48];
    const one = await runAttention(gpu, "f16", data.slice(from, to), dO.slice(from / 3, to / 3), {
      batch: 1,
      ...options,
    });
    assertEquals(one.grad, all.grad.slice(from, to));
    assertEquals(one.o, all.o.slice(from / 3, to / 3));
  },
);

matrixTest("attention() on matrix units takes f32, which it rounds", async (gpu) => {
  const options = { batch: 1, length: 13, numHeads: 1, variant: "matrix" as const };
  const data = randomNumbers(13 * 24, 5).map(Math.f16round);
  const dO = randomNumbers(13 * 8, 6).map(Math.f16round);
  const half = await runAttention(gpu, "f16", data, dO, options);
  const single = await runAttention(gpu, "f32", data, dO, options);
  assertEquals(single.o.map(Math.f16round), half.o);
});

matrixTest("chooseAttention() takes matrix units for f16 unless they are refused", async (gpu) => {
  assertEquals(chooseAttention(gpu, "f16", 64), "matrix");
  assertEquals(chooseAttention(gpu, "f32", 64), gpu.kind);
  assertEquals(chooseAttention(gpu, "f16", 132), gpu.kind);
  using refusing = await Gpu.open({ backend: gpu.backend });
  refusing.refuse(MATRIX_ATTENTION);
  assertEquals(chooseAttention(refusing, "f16", 64), gpu.kind);
});

matrixTest("attention() on matrix units refuses heads that do not fit", (gpu) => {
  using tape = new Tape(gpu, false);
  using qkv = new Value(gpu.zeros([3, 3 * 132], "f16"), false);
  assertThrows(
    () => attention(tape, qkv, { batch: 1, length: 3, numHeads: 1, variant: "matrix" }),
    GpuError,
    "no matrix units for attention with heads of 132 dimensions",
  );
  return Promise.resolve();
});

/** The form on a card that says so of itself. */
function formOn(units: readonly number[], memory: number, headDim: number) {
  const [M = 0, N = 0, K = 0, subgroupSize = 0] = units;
  return matrixForm({
    kind: "gpu",
    matrixUnits: { M, N, K, subgroupSize },
    device: { limits: { maxComputeWorkgroupStorageSize: memory } },
  } as unknown as Gpu, headDim);
}

Deno.test("matrixForm() fits units, subgroups and workgroup memory", () => {
  const shape = (units: readonly number[], memory: number, headDim = 64) => {
    const form = formOn(units, memory, headDim);
    return form && [form.owned, form.constants.FM, form.constants.BN, form.constants.C];
  };
  assertEquals(shape([16, 16, 16, 32], 49152), [64, 1, 32, 2]);
  assertEquals(shape([8, 8, 8, 32], 32768), [64, 2, 32, 2]);
  assertEquals(shape([16, 16, 16, 64], 32768), [64, 1, 32, 2]);
  assertEquals(shape([8, 16, 16, 16], 32768), [64, 2, 32, 2]);
  // Less memory, or larger heads: fewer at a time.
  assertEquals(shape([16, 16, 16, 32], 16384), [64, 1, 16, 4]);
  assertEquals(shape([16, 16, 16, 32], 32768, 128), [64, 1, 32, 4]);
  assertEquals(shape([16, 16, 16, 32], 24576, 128), [64, 1, 16, 8]);
  assertEquals(shape([16, 16, 16, 32], 8192), undefined);
  // Rows that a subgroup has no invocations for.
  assertEquals(shape([16, 16, 16, 8], 32768), undefined);
});
