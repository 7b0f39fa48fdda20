import { assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import type { AttentionShape } from "../../lib/ops/attention.ts";
import { rotary, rotaryAngles, RotaryTable } from "../../lib/ops/rotary.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { assertClose, checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** The reference's rotate_half form: x·cos + rotate_half(x)·sin, on q and k. */
function reference(
  qkv: Float64Array,
  { length, numHeads }: AttentionShape,
  headDim: number,
): Float64Array {
  const half = headDim / 2;
  const hidden = numHeads * headDim;
  return qkv.map((x, index) => {
    const column = index % (3 * hidden);
    if (column >= 2 * hidden) return x;
    const position = Math.floor(index / (3 * hidden)) % length;
    const i = column % headDim;
    const angle = position / 10000 ** (2 * (i % half) / headDim);
    const other = i < half ? -qkv[index + half]! : qkv[index - half]!;
    return x * Math.cos(angle) + other * Math.sin(angle);
  });
}

for (
  const { headDim, ...shape } of [
    { batch: 2, length: 5, numHeads: 3, headDim: 4 },
    { batch: 1, length: 7, numHeads: 2, headDim: 12 },
    { batch: 2, length: 1, numHeads: 1, headDim: 16 },
  ]
) {
  const { batch, length, numHeads } = shape;
  gpuTest(
    `rotary() and its gradient for ${batch} x ${length} positions, ${numHeads} heads of ${headDim}`,
    async (gpu) => {
      // A table may be longer than the sequence.
      using table = new RotaryTable(gpu, 9, headDim);
      await checkOp(gpu, {
        inputs: { qkv: [batch * length, 3 * numHeads * headDim] },
        build: (tape, { qkv }) => rotary(tape, qkv!, { ...shape, table }),
        reference: ({ qkv }) => reference(qkv!, shape, headDim),
      });
    },
  );
}

gpuTest("rotary() works in place and turns back what backward gives it", async (gpu) => {
  using table = new RotaryTable(gpu, 40, 8);
  using tape = new Tape(gpu, true);
  const data = Float32Array.from({ length: 40 * 24 }, (_, i) => Math.sin(i));
  using qkv = new Value(gpu.tensor(data, [40, 24]), true);
  using turned = rotary(tape, qkv, { batch: 1, length: 40, numHeads: 1, table });
  assertClose(await gpu.read(qkv.tensor), await gpu.read(turned.tensor), 0, "shared tensor");
  turned.addGrad(gpu, (grad) => gpu.copy(turned.tensor, grad));
  tape.backwardFromGrads();
  assertClose(await gpu.read(qkv.grad!), data, 1e-6, "turned there and back");
  qkv.dropGrad();
});

gpuTest("rotary() refuses a table that does not fit", (gpu) => {
  using tape = new Tape(gpu, false);
  using qkv = new Value(gpu.zeros([6, 24]), false);
  const shape = { batch: 2, length: 3, numHeads: 1 };
  for (const [length, headDim] of [[2, 8], [3, 4]] as const) {
    using table = new RotaryTable(gpu, length, headDim);
    assertThrows(() => rotary(tape, qkv, { ...shape, table }), GpuError, "does not fit");
  }
});

for (const config of ["tiny", "odd"]) {
  Deno.test(`rotaryAngles() equals the reference's tables of the ${config} model`, async () => {
    using file = await SafetensorsFile.open(
      new URL(`../golden/${config}_dit_forward.safetensors`, import.meta.url),
    );
    const [length = 0, half = 0] = file.info("rotary.cos").shape;
    const { cos, sin } = rotaryAngles(length, 2 * half);
    assertClose(cos, await file.read("rotary.cos"), 1e-7, "cosines");
    assertClose(sin, await file.read("rotary.sin"), 1e-7, "sines");
  });
}

Deno.test("rotaryAngles() is near the exact angles at position 1023", () => {
  const half = 32;
  const { cos, sin } = rotaryAngles(1024, 2 * half);
  const angles = Array.from({ length: half }, (_, i) => 1023 / 10000 ** (i / half));
  assertClose(cos.subarray(1023 * half), angles.map(Math.cos), 1e-4, "cosines");
  assertClose(sin.subarray(1023 * half), angles.map(Math.sin), 1e-4, "sines");
});
