import { assert, assertEquals } from "@std/assert";
import type { DropoutStep } from "../../lib/model/denoiser.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { gpuTest } from "../testing/gpu.ts";
import { randomDit, someTokens } from "../testing/tiny_distillation.ts";

gpuTest("Dit.forward() has dropout masks of its own in each pass and block", async (gpu) => {
  using model = randomDit(gpu, { dropout: 0.5 }, { seed: 1 });
  const { vocabSize, length } = model.config;
  using ids = gpu.tensor(someTokens(vocabSize, 2 * length));
  using times = gpu.tensor(new Float32Array([0.25, 0.5]));
  const run = async (options: Partial<DropoutStep>) => {
    using tape = new Tape(gpu, false);
    using embedded = model.embedTokens(tape, ids);
    const dropout = { key: [1, 0] as const, step: 0, firstSample: 4, ...options };
    using hidden = model.forward(tape, embedded, { times, dropout });
    return await gpu.read(hidden.tensor);
  };
  const first = await run({});
  assertEquals(await run({ pass: 0 }), first);
  const differing = (other: Float32Array) => other.filter((v, i) => v !== first[i]).length;
  for (const pass of [1, 2]) assert(differing(await run({ pass })) > 0.9 * first.length);
  // Samples may be given one by one, and keep their masks.
  using samples = gpu.tensor(new Uint32Array([4, 9]));
  const picked = await run({ samples, firstSample: 0 });
  const half = first.length / 2;
  assertEquals(picked.subarray(0, half), first.subarray(0, half));
  assert(picked.subarray(half).some((v, i) => v !== first[half + i]));
});
