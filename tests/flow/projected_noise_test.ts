import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { ProjectedNoise, usualNoise } from "../../lib/flow/projected_noise.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Dit } from "../../lib/model/dit.ts";
import { gelu } from "../../lib/ops/activation.ts";
import { corruptedRows } from "../../lib/ops/corruption.ts";
import { gramFactor } from "../../lib/ops/gram_factor.ts";
import { linear } from "../../lib/ops/linear.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { Philox, Stream } from "../../lib/random/philox.ts";
import { assertClose, randomNumbers, relativeError } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { randomDit, someTokens } from "../testing/tiny_distillation.ts";

const EMBEDDING = "vocab_embed.embedding";

/** Samples on the device, corrupted a little more each. */
function someSamples(gpu: Gpu, vocabSize: number, samples: number, length: number) {
  const tokens = someTokens(vocabSize, samples * length);
  const gammas = Float32Array.from({ length: samples }, (_, i) => 0.5 * (i + 0.5) / samples);
  const sigmas = gammas.map((gamma) => 1 - gamma);
  const tensors = {
    tokens: gpu.tensor(tokens),
    gammas: gpu.tensor(gammas),
    sigmas: gpu.tensor(sigmas),
  };
  return {
    host: { tokens, gammas, sigmas },
    tensors,
    [Symbol.dispose]() {
      for (const tensor of Object.values(tensors)) tensor.release();
    },
  };
}

Deno.test("usualNoise() is projected from vocabularies of four times the width on", () => {
  assertEquals(usualNoise({ vocabSize: 128, hiddenSize: 32 }), "projected");
  assertEquals(usualNoise({ vocabSize: 127, hiddenSize: 32 }), "explicit");
});

gpuTest("ProjectedNoise mixes ξ·Lᵀ and the embeddings of tokens", async (gpu) => {
  const [V, H, length, samples, seed] = [43, 12, 5, 3, 77];
  using model = randomDit(gpu, { vocabSize: V, hiddenSize: H, numHeads: 1 }, {
    seed: 1,
    grads: true,
  });
  using data = someSamples(gpu, V, samples, length);
  using noise = new ProjectedNoise(model);
  using tape = new Tape(gpu, false);
  const draw = { key: [seed, 0] as const, step: 9, firstSample: 6, length };
  using y = noise.rows({ ...data.tensors, ...draw }).embed(tape);

  using quiet = new Tape(gpu, false);
  using factor = gramFactor(quiet, model.embedding);
  const L = await gpu.read(factor.tensor);
  const E = await model.parameters.read(EMBEDDING);
  const philox = new Philox(seed, Stream.Noise);
  const { tokens, gammas, sigmas } = data.host;
  const expected = Array.from({ length: samples * length * H }, (_, i) => {
    const [row, h] = [Math.floor(i / H), i % H];
    const sample = Math.floor(row / length);
    let sum = 0;
    for (let k = 0; k < H; k++) {
      const numbers = philox.normals(k >> 2, row % length, 6 + sample, 9);
      sum += numbers[k & 3]! * L[h * H + k]!;
    }
    return sigmas[sample]! * sum + gammas[sample]! * E[tokens[row]! * H + h]!;
  });
  assertClose(await gpu.read(y.tensor), expected, 1e-5, "x_t·E");
});

/** What draws x_t·E, and passes on what the draws have in common. */
interface Embedder extends Disposable {
  embed(tape: Tape, data: ReturnType<typeof someSamples>, step: number): Value;
  finish(): void;
}

const LENGTH = 40;
const drawOf = (step: number) => ({
  ...{ key: [5, 0] as const, step, firstSample: 0, length: LENGTH },
});

function explicit(model: Dit): Embedder {
  return {
    embed: (tape, { tensors: { tokens, gammas } }, step) =>
      model.embedDense(
        tape,
        corruptedRows(model.gpu, { tokens, gammas, ...drawOf(step) }),
        tokens.size,
      ),
    finish() {},
    [Symbol.dispose]() {},
  };
}

function projected(model: Dit): Embedder {
  const noise = new ProjectedNoise(model);
  return {
    embed: (tape, { tensors }, step) => noise.rows({ ...tensors, ...drawOf(step) }).embed(tape),
    finish: () => noise.finish(),
    [Symbol.dispose]: () => noise[Symbol.dispose](),
  };
}

/** Mean and gradient, with respect to E, of a loss that is neither linear nor square in x_t·E. */
async function expectation(
  model: Dit,
  embedder: Embedder,
  data: ReturnType<typeof someSamples>,
): Promise<{ loss: number; gradient: Float32Array }> {
  const { gpu, config: { hiddenSize: H } } = model;
  const [steps, width] = [4, 6];
  using weights = new Value(gpu.tensor(randomNumbers(width * H, 3), [width, H]), false);
  model.parameters.clearGrads();
  let loss = 0;
  for (let step = 0; step < steps; step++) {
    using tape = new Tape(gpu, true);
    using embedded = embedder.embed(tape, data, step);
    using wide = linear(tape, embedded, weights);
    using losses = gelu(tape, wide);
    tape.backward(losses, 1 / (steps * losses.tensor.size));
    const values = await gpu.read(losses.tensor);
    loss += values.reduce((sum, each) => sum + each, 0) / (steps * values.length);
  }
  embedder.finish();
  return { loss, gradient: await model.parameters.read(EMBEDDING, "grad") };
}

gpuTest("ProjectedNoise has the expected loss and gradient of explicit noise", async (gpu) => {
  const [V, H] = [28, 8];
  using model = randomDit(gpu, { vocabSize: V, hiddenSize: H, numHeads: 1 }, {
    seed: 1,
    grads: true,
  });
  using data = someSamples(gpu, V, 1000, LENGTH);
  using plain = explicit(model);
  using narrow = projected(model);
  using unfinished = { ...projected(model), finish() {} };
  const expected = await expectation(model, plain, data);
  const found = await expectation(model, narrow, data);
  const without = await expectation(model, unfinished, data);
  assertAlmostEquals(found.loss, expected.loss, 0.01 * expected.loss);
  const error = relativeError(found.gradient, expected.gradient);
  assert(error < 0.03, `the gradients differ by ${error}`);
  // What the factor passes on is most of it.
  assertEquals(without.loss, found.loss);
  assert(relativeError(without.gradient, expected.gradient) > 0.3);
});
