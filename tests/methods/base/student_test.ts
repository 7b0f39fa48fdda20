import { assert, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../../lib/errors.ts";
import { Gpu } from "../../../lib/gpu/gpu.ts";
import { requireFits, startStudent, studentConfig } from "../../../lib/methods/base/student.ts";
import { Dit } from "../../../lib/model/dit.ts";
import { initialise } from "../../../lib/model/initialise.ts";
import { gpuTest } from "../../testing/gpu.ts";
import { randomDit } from "../../testing/tiny_distillation.ts";
import { TINY } from "../../testing/tiny_model.ts";

for (const zeroOutput of [true, false]) {
  gpuTest(
    `startStudent() starts from the teacher (${zeroOutput ? "no" : "its"} output)`,
    async (gpu) => {
      using teacher = randomDit(gpu, { learnableLossWeighting: true }, { seed: 1 });
      const config = studentConfig(teacher.config, { dropout: 0.2 });
      assertEquals(config, { ...teacher.config, doubleTemb: true, dropout: 0.2 });
      using student = Dit.create(gpu, config, false);
      using fresh = Dit.create(gpu, config, false);
      startStudent(student, teacher, { zeroOutput, seed: 5 });
      initialise(fresh, 5);
      for (const { name, shape } of student.parameters.parameters) {
        const zeros = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
        const isZero = /^sigma_map_prime\.mlp\.2\./.test(name) ||
          (zeroOutput && /^output_layer\.(linear|adaLN_modulation)\./.test(name));
        const isNew = /^(sigma_map_prime\.mlp\.0|learnable_loss_weighting)\./.test(name);
        const expected = isZero ? zeros : await (isNew ? fresh : teacher).parameters.read(name);
        assertEquals(await student.parameters.read(name), expected, name);
      }
      const second = await student.parameters.read("sigma_map_prime.mlp.0.weight");
      assert(second.some((value) => value !== 0));
    },
  );
}

gpuTest("startStudent() copies parameters that lie in several windows", async () => {
  using gpu = await Gpu.open({ maxBindingBytes: 1 << 17 });
  {
    const vocabSize = 3001;
    using teacher = randomDit(gpu, { vocabSize }, { seed: 1 });
    using student = Dit.create(gpu, studentConfig(teacher.config), true);
    startStudent(student, teacher, { seed: 0 });
    assert(student.embedding.windows.length > 1);
    for (const name of ["vocab_embed.embedding", "output_layer.linear.weight"]) {
      const expected = await teacher.parameters.read(name);
      assertEquals(await student.parameters.read(name), expected);
    }
  }
  assertEquals(gpu.memory().inUse, 0);
});

Deno.test("requireFits() names what differs, and both values", () => {
  const student = studentConfig(TINY);
  requireFits(student, { ...TINY, hiddenSize: 8 });
  assertThrows(
    () => requireFits(student, { ...TINY, vocabSize: 12 }),
    CheckpointError,
    "The teacher does not fit the student: its vocabSize is 12, the student's is 11.",
  );
  assertThrows(
    () => requireFits(student, { ...TINY, length: 8 }, "flow map"),
    CheckpointError,
    "The flow map does not fit the student: its length is 8, the student's is 9.",
  );
});

gpuTest("startStudent() refuses a teacher of another size", (gpu) => {
  using teacher = randomDit(gpu, { numBlocks: 1 }, { seed: 1 });
  using student = Dit.create(gpu, studentConfig(TINY), false);
  assertThrows(
    () => startStudent(student, teacher, { seed: 0 }),
    CheckpointError,
    "its numBlocks is 1, the student's is 2",
  );
});
