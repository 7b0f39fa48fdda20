/**
 * Tensors of f16 numbers on their way from files and into them.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { loadTensors, saveTensors } from "../../lib/model/named_tensors.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { memorySource } from "../../lib/io/byte_source.ts";
import type { DType } from "../../lib/safetensors/dtype.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { safetensorsBytes } from "../../lib/safetensors/writer.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { withFolder } from "../testing/folder.ts";
import { f16Test } from "../testing/gpu.ts";

const init = { kind: "constant", value: 0 } as const;
/** An odd number of numbers, more than a piece; and one that is none. */
const SPECS = [
  { name: "big", shape: [1027, 1025], init },
  { name: "none", shape: [0, 3], init },
  { name: "bias", shape: [5], init },
  { name: "odd", shape: [3, 3], init },
];

/** A file of these numbers, of a type. */
async function fileOf(
  dtype: DType,
  numbers: readonly Float32Array<ArrayBuffer>[],
): Promise<SafetensorsFile> {
  const specs = SPECS.map(({ name, shape }) => ({ name, shape, dtype }));
  const parts: BlobPart[] = [];
  const bytes = safetensorsBytes("x", specs, async function* ({ name }) {
    const values = numbers[SPECS.findIndex((spec) => spec.name === name)]!;
    await Promise.resolve();
    yield dtype === "F16" ? new Float16Array(values) : values;
  });
  for await (const part of bytes) parts.push(part.slice());
  const whole = new Uint8Array(await new Blob(parts).arrayBuffer());
  return await SafetensorsFile.open(memorySource(whole, "x.safetensors", CheckpointError));
}

function someNumbers(): Float32Array<ArrayBuffer>[] {
  return SPECS.map(({ shape }, i) =>
    Float32Array.from(randomNumbers(shape.reduce((product, n) => product * n), i + 1))
  );
}

f16Test(
  "loadTensors() rounds to f16 what is stored so, saveTensors() writes f32",
  (gpu) =>
    withFolder(async (folder) => {
      const numbers = someNumbers();
      const halves = numbers.map((values) => values.map(Math.f16round));
      for (const dtype of ["F32", "F16"] as const) {
        using file = await fileOf(dtype, numbers);
        using store = new ParameterStore(gpu, SPECS, false, "f16");
        await loadTensors(gpu, file, store.tensors);
        const bias = dtype === "F16" ? halves[2]! : numbers[2]!;
        const expected = [halves[0], halves[1], bias, halves[3]];
        for (const [i, { name }] of SPECS.entries()) {
          assertEquals(await store.read(name), expected[i], `${name} of ${dtype}`);
        }
        const path = `${folder}/${dtype}.safetensors`;
        await saveTensors(gpu, path, store.tensors);
        using saved = await SafetensorsFile.open(path);
        for (const [i, { name, shape }] of SPECS.entries()) {
          assertEquals(saved.info(name, shape).dtype, "F32");
          assertEquals(await saved.read(name), expected[i], `${name} of ${dtype}, saved`);
        }
      }
    }),
);

f16Test("loadTensors() refuses what f16 cannot hold, and what is no number", async (gpu) => {
  using store = new ParameterStore(gpu, SPECS, false, "f16");
  const refused = async (dtype: DType, at: number, value: number, message: string) => {
    const numbers = someNumbers();
    numbers[0]![at] = value;
    using file = await fileOf(dtype, numbers);
    await assertRejects(() => loadTensors(gpu, file, store.tensors), CheckpointError, message);
  };
  // Beyond the first piece.
  const at = 1027 * 1025 - 1;
  await refused(
    "F32",
    at,
    -65520,
    'The tensor "big" of x.safetensors has the value -65520, which float16 cannot hold: load it ' +
      "with the precision f32.",
  );
  await refused("F32", 0, NaN, 'The tensor "big" of x.safetensors has the value NaN, which is not');
  await refused("F16", at, Infinity, 'The tensor "big" of x.safetensors has the value Infinity');
  const numbers = someNumbers();
  numbers[0]![at] = 65519;
  using file = await fileOf("F32", numbers);
  await loadTensors(gpu, file, store.tensors);
  assertEquals((await store.read("big")).at(-1), 65504);
});
