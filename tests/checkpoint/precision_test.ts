/**
 * Models whose matrices are in f16 on the device: the same numbers where the file has no more bits,
 * and close ones where it has.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { exportHubFolder } from "../../lib/checkpoint/models/export_hub.ts";
import { loadFrozen } from "../../lib/checkpoint/models/load_frozen.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { matrixTypeOf, type Precision } from "../../lib/checkpoint/precision.ts";
import { FlmError, GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { CausalLm } from "../../lib/model/causal_lm.ts";
import { Dit } from "../../lib/model/dit.ts";
import type { Network } from "../../lib/model/network.ts";
import { logitRows } from "../../lib/ops/head.ts";
import { Tape } from "../../lib/ops/tape.ts";
import type { DType } from "../../lib/safetensors/dtype.ts";
import type { TensorFile } from "../../lib/safetensors/tensor_file.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { withFolder } from "../testing/folder.ts";
import { f16Test } from "../testing/gpu.ts";
import { someTokens } from "../testing/tiny_distillation.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { TINY } from "../testing/tiny_model.ts";

/** What the matrices of a network are stored in. */
function typesOf({ parameters }: Network): Set<string> {
  const matrices = parameters.parameters.filter(({ shape }) => shape.length > 1);
  return new Set(matrices.map(({ value: { tensor } }) => tensor.dtype));
}

/** Logits of two texts. */
async function logitsOf(network: Dit): Promise<Float32Array> {
  const { gpu, config: { vocabSize, length } } = network;
  using ids = gpu.tensor(someTokens(vocabSize, 2 * length));
  using times = gpu.tensor(Float32Array.of(0.25, 0.5));
  using tape = new Tape(gpu, false);
  using embedded = network.embedTokens(tape, ids);
  using hidden = network.forward(tape, embedded, { times, targetTimes: times });
  using logits = gpu.empty([2 * length, vocabSize]);
  logitRows(gpu, hidden.tensor, network.head).write(logits, 0, 0);
  return await gpu.read(logits);
}

/** A folder of the hub with numbers of 16 bits, made from a tiny run beside it. */
async function writeHalves(gpu: Gpu, folder: string, kind: string): Promise<string> {
  await writeTinyCheckpoint(gpu, `${folder}/${kind}`, { kind });
  const out = `${folder}/${kind}-f16`;
  const model = await openModel(`${folder}/${kind}`);
  await exportHubFolder(model, { weights: "ema", out, dtype: "F16", card: "# card\n" });
  return out;
}

for (const kind of ["flm", "psd", "semigroup", "second_stage"]) {
  f16Test(
    `FlowLanguageModel.load() gives the same numbers from matrices in f16 of a file of F16: ${kind}`,
    (gpu) =>
      withFolder(async (folder) => {
        const location = await writeHalves(gpu, folder, kind);
        for (const device of [gpu, await Gpu.open({ kind: "gpu" })]) {
          const found = async (precision: Precision) => {
            using model = await FlowLanguageModel.load(location, { gpu: device, precision });
            const { network, teacher } = model;
            const texts = await model.sample({ numSteps: 2, seed: 3, numSamples: 2 });
            const networks = teacher === undefined ? [network] : [network, teacher];
            for (const each of networks) {
              const expected = precision === "auto"
                ? device.matrixUnits === undefined ? "f16" : "f32"
                : precision;
              assertEquals(typesOf(each), new Set([expected]));
            }
            return { texts, logits: await logitsOf(network as Dit) };
          };
          const expected = await found("f32");
          assertEquals(await found("auto"), expected);
          if (device.matrixUnits === undefined) assertEquals(await found("f16"), expected);
          if (device !== gpu) device[Symbol.dispose]();
        }
      }),
  );
}

f16Test(
  "FlowLanguageModel.load() rounds weights to f16 only if it is asked to",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, folder);
      const load = async (precision?: Precision) => {
        using model = await FlowLanguageModel.load(folder, {
          gpu,
          ...(precision && { precision }),
        });
        const { segments } = model.network.parameters;
        const bytes = segments.reduce((sum, { values }) => sum + values.byteLength, 0);
        return {
          bytes,
          types: typesOf(model.network),
          logits: await logitsOf(model.network as Dit),
        };
      };
      const exact = await load("f32");
      assertEquals(await load(), exact);
      const rounded = await load("f16");
      assertEquals([exact.types, rounded.types], [new Set(["f32"]), new Set(["f16"])]);
      // Vectors are a quarter of a model so small.
      assert(rounded.bytes < 0.65 * exact.bytes, `${rounded.bytes} of ${exact.bytes} bytes`);
      assert(rounded.logits.some((value, i) => value !== exact.logits[i]));
      assertClose(rounded.logits, exact.logits, 5e-3, "logits");
      await assertRejects(
        () => FlowLanguageModel.load(folder, { gpu, precision: "half" as "f16" }),
        FlmError,
        'Expected "auto" or "f32" or "f16" as the precision, found "half".',
      );
    }),
);

f16Test(
  "TrainedModel.network() has matrices in f32 unless told, as trainings need it",
  (gpu) =>
    withFolder(async (folder) => {
      const location = await writeHalves(gpu, folder, "flm");
      const model = await openModel(location);
      using network = await model.network(gpu, Dit, "ema");
      assertEquals(typesOf(network), new Set(["f32"]));
      using frozen = await loadFrozen(gpu, location, {
        kind: "flm",
        networkClass: Dit,
        role: "teacher",
        tokenizer: "text8",
      });
      // A copy in f16 is for mixed precision.
      frozen.network.parameters.keepHalves();
      assertEquals(typesOf(frozen.network), new Set(["f32"]));
    }),
);

f16Test("CausalLm.losses() are the same from matrices in f16", async (gpu) => {
  const config = { ...TINY, numBlocks: 1 };
  const losses = async (matrices: "f32" | "f16") => {
    using network = CausalLm.create(gpu, config, false, matrices);
    for (const [i, { name, shape }] of network.parameters.parameters.entries()) {
      const numbers = randomNumbers(shape.reduce((product, n) => product * n), i);
      network.parameters.write(name, numbers.map(Math.f16round));
    }
    using context = gpu.tensor(someTokens(11, 18));
    using next = gpu.tensor(someTokens(11, 18).reverse());
    using tape = new Tape(gpu, false);
    using loss = network.losses(tape, { context, next, length: 9 });
    return await gpu.read(loss.tensor);
  };
  assertEquals(await losses("f16"), await losses("f32"));
});

Deno.test("matrixTypeOf() is f16 by itself only where that changes no number", () => {
  const init = { kind: "constant", value: 0 } as const;
  const specs = [
    { name: "a", shape: [2, 3], init },
    { name: "b", shape: [3], init },
    { name: "c", shape: [1, 2], init },
  ];
  const typeOf = (dtypes: DType[], precision: Precision, device: Partial<Gpu> = {}) => {
    const info = (name: string) => ({ dtype: dtypes["abc".indexOf(name)] });
    const gpu = { hasF16: true, matrixUnits: undefined, adapterName: "any", ...device };
    return matrixTypeOf(gpu as Gpu, { info } as unknown as TensorFile, specs, precision);
  };
  const halves: DType[] = ["F16", "F32", "F16"];
  const units = { size: [8, 8, 8] } as unknown as NonNullable<Gpu["matrixUnits"]>;
  assertEquals(typeOf(halves, "auto"), "f16");
  assertEquals(typeOf(["F16", "F16", "BF16"], "auto"), "f32");
  assertEquals(typeOf(["F32", "F32", "F32"], "auto"), "f32");
  assertEquals(typeOf(halves, "auto", { hasF16: false }), "f32");
  assertEquals(typeOf(halves, "auto", { matrixUnits: units }), "f32");
  assertEquals(typeOf(halves, "f32"), "f32");
  assertEquals(typeOf(["F32", "F32", "BF16"], "f16", { matrixUnits: units }), "f16");
  assertThrows(
    () => typeOf(halves, "f16", { hasF16: false }),
    GpuError,
    "The precision f16 needs numbers of 16 bits (shader-f16), which the adapter any does not have",
  );
});
