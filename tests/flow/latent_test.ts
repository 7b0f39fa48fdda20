/**
 * The two forms of a sampler's state: that they are one and the same, and the
 * noise they begin with.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { EmbeddedForm } from "../../lib/flow/embedded_latent.ts";
import { FREE_TOKEN } from "../../lib/flow/held_tokens.ts";
import type { LatentDraw } from "../../lib/flow/latent.ts";
import { createLatentForm } from "../../lib/flow/latent_form.ts";
import { correlatedNoise, embeddedNoise, embeddingFactor } from "../../lib/flow/latent_noise.ts";
import type { FlowNetworks } from "../../lib/flow/networks.ts";
import { runSampler } from "../../lib/flow/sampler.ts";
import type { SamplerStep } from "../../lib/flow/sampler_steps.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { VocabularyForm } from "../../lib/flow/vocabulary_latent.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import { flmSteps } from "../../lib/methods/flm/steps.ts";
import { psdSteps } from "../../lib/methods/psd/steps.ts";
import { secondStageSteps } from "../../lib/methods/second_stage/steps.ts";
import { semigroupSteps } from "../../lib/methods/semigroup/steps.ts";
import type { Denoiser } from "../../lib/model/denoiser.ts";
import type { Sharpening } from "../../lib/ops/head.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { assertClose } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { randomModel } from "../testing/random_model.ts";
import { TINY } from "../testing/tiny_model.ts";

/** A vocabulary whose matrices take several windows of {@linkcode SMALL_BINDING} bytes. */
const CONFIG = { ...TINY, vocabSize: 301, length: 6, numBlocks: 1, logitCap: 30 };
const SMALL_BINDING = 1 << 14;
const DRAW: LatentDraw = { seed: 5, firstSample: 3, numSamples: 2 };
const NUM_STEPS = 4;
const schedule = new GammaSchedule(CONFIG.vocabSize);

/** A kind of model: its networks and steps. */
interface Kind {
  name: string;
  /** Whether the denoiser takes a second time, and whether there is a student. */
  networks: { doubleTemb: boolean; student: boolean };
  steps: SamplerStep[];
}

const KINDS: Kind[] = [
  {
    name: "flm",
    networks: { doubleTemb: false, student: false },
    steps: flmSteps(schedule, NUM_STEPS),
  },
  {
    name: "flm, noise renewed",
    networks: { doubleTemb: false, student: false },
    steps: flmSteps(schedule, NUM_STEPS, 1),
  },
  {
    name: "semigroup",
    networks: { doubleTemb: false, student: true },
    steps: semigroupSteps(schedule, NUM_STEPS),
  },
  {
    name: "semigroup, noise renewed",
    networks: { doubleTemb: false, student: true },
    steps: semigroupSteps(schedule, NUM_STEPS, 0.5),
  },
  {
    name: "second_stage",
    networks: { doubleTemb: true, student: false },
    steps: secondStageSteps(schedule, NUM_STEPS),
  },
  {
    name: "psd",
    networks: { doubleTemb: true, student: false },
    steps: psdSteps(schedule, NUM_STEPS, 0.8),
  },
];

/** Runs `test` with the networks of a kind. */
async function withNetworks(
  gpu: Gpu,
  { networks: { doubleTemb, student } }: Kind,
  test: (networks: FlowNetworks) => Promise<void>,
): Promise<void> {
  using denoiser = randomModel(gpu, { ...CONFIG, doubleTemb }, 1);
  using correction = student ? randomModel(gpu, { ...CONFIG, doubleTemb: true }, 2) : undefined;
  await test({ denoiser, correction });
}

/** z·E for a network. */
async function embed(network: Denoiser, z: Tensor): Promise<Float32Array> {
  using tape = new Tape(network.gpu, false);
  using y = network.embedDense(tape, tensorRows(network.gpu, z), z.shape[0]!);
  return await network.gpu.read(y.tensor);
}

/** Tokens for every second position of a batch. */
function someTokens(gpu: Gpu): Tensor {
  const tokens = new Uint32Array(DRAW.numSamples * CONFIG.length).fill(FREE_TOKEN);
  for (let i = 0; i < tokens.length; i += 2) tokens[i] = (17 * i) % CONFIG.vocabSize;
  return gpu.tensor(tokens);
}

async function assertFormsAgree(
  gpu: Gpu,
  kind: Kind,
  { held, sharpening }: { held?: Tensor; sharpening?: Sharpening } = {},
): Promise<void> {
  await withNetworks(gpu, kind, async (networks) => {
    using whole = new VocabularyForm(networks);
    using embedded = new EmbeddedForm(networks);
    using z = whole.draw(DRAW, held);
    using y = embedded.latent(embeddedNoise(DRAW), held);
    const options = { guesses: true, sharpening };
    const expected = runSampler(networks, z, kind.steps, options);
    using tape = new Tape(gpu, false);
    for (const { stepsDone, tokens } of runSampler(networks, y, kind.steps, options)) {
      const same = expected.next().value!;
      assertEquals(await gpu.readU32(tokens!), await gpu.readU32(same.tokens!));
      if (stepsDone === NUM_STEPS) continue;
      for (const network of embedded.networks) {
        using state = y.embedded(tape, network);
        const what = `${kind.name}, step ${stepsDone}`;
        assertClose(await gpu.read(state.tensor), await embed(network, z.tensor), 1e-5, what);
      }
    }
    assertEquals(expected.next().done, true);
  });
}

for (const kind of KINDS) {
  gpuTest(`EmbeddedLatent does what VocabularyLatent does for ${kind.name}`, async (gpu) => {
    await assertFormsAgree(gpu, kind);
    using tokens = someTokens(gpu);
    await assertFormsAgree(gpu, kind, { held: tokens });
    await assertFormsAgree(gpu, kind, { sharpening: { temperature: 0.6, topP: 0.8 } });
  });
}

Deno.test("EmbeddedLatent does what VocabularyLatent does in windows and chunks", async () => {
  using gpu = await Gpu.open({ maxBindingBytes: SMALL_BINDING });
  for (const kind of KINDS) await assertFormsAgree(gpu, kind);
  assertEquals(gpu.memory().inUse, 0);
});

gpuTest("runSampler() sharpens the denoiser's probabilities in every step", async (gpu) => {
  const { vocabSize: V } = CONFIG;
  for (const kind of KINDS) {
    await withNetworks(gpu, kind, async (networks) => {
      using form = new VocabularyForm(networks);
      /** z after a step of which only p remains, with a last one that takes it as it is. */
      const predicted = async (sharpening?: Sharpening) => {
        using latent = form.draw(DRAW);
        const only = { keep: 0, predict: 1, correct: 0, noise: 0 };
        const steps = [{ ...kind.steps[0]!, ...only }];
        for (const _ of runSampler(networks, latent, steps, { sharpening }));
        return await gpu.read(latent.tensor);
      };
      const [plain, cold, cut] = [
        await predicted(),
        await predicted({ temperature: 0.5 }),
        await predicted({ topP: 0.7 }),
      ];
      assertEquals(await predicted({ temperature: 1, topP: 1 }), plain);
      for (let start = 0; start < plain.length; start += V) {
        const row = plain.subarray(start, start + V);
        // softmax(z/T) is softmax(z)^(1/T), divided by its sum.
        const squares = row.map((p) => p * p);
        const sum = squares.reduce((a, b) => a + b);
        assertClose(cold.subarray(start, start + V), squares.map((p) => p / sum), 1e-4, kind.name);
        const kept = [...row].filter((_, v) => cut[start + v]! > 0);
        const total = kept.reduce((a, b) => a + b);
        assert(total >= 0.7 && total - Math.min(...kept) < 0.7, `${kind.name}: ${total}`);
        assertClose(
          cut.subarray(start, start + V),
          row.map((p) => p >= Math.min(...kept) ? p / total : 0),
          1e-5,
          kind.name,
        );
      }
    });
  }
});

gpuTest("VocabularyLatent holds tokens, from noise that points to them on", async (gpu) => {
  using held = someTokens(gpu);
  const tokens = await gpu.readU32(held);
  const { vocabSize: V } = CONFIG;
  for (const kind of KINDS) {
    await withNetworks(gpu, kind, async (networks) => {
      using form = new VocabularyForm(networks);
      using latent = form.draw(DRAW, held);
      const assertHeld = async (gamma: number) => {
        const z = await gpu.read(latent.tensor);
        tokens.forEach((token, row) => {
          const found = z.subarray(row * V, (row + 1) * V);
          const expected = new Float32Array(V);
          if (token === FREE_TOKEN) assert(found.every((value) => value !== 0));
          else {
            expected[token] = (1 - gamma) * Math.sqrt(V) + gamma;
            assertEquals(found, expected);
          }
        });
      };
      await assertHeld(0);
      for (const state of runSampler(networks, latent, kind.steps, { guesses: true })) {
        const chosen = await gpu.readU32(state.tokens!);
        tokens.forEach((token, i) => assert(token === FREE_TOKEN || chosen[i] === token));
        await assertHeld(kind.steps[state.stepsDone - 1]!.gamma);
      }
    });
  }
});

gpuTest("correlatedNoise() has the covariance of embedded noise", async (gpu) => {
  const config = { ...CONFIG, vocabSize: 11, hiddenSize: 8, numHeads: 2 };
  const { hiddenSize: H, vocabSize: V, length } = config;
  using model = randomModel(gpu, config, 3);
  using factor = await embeddingFactor(model);
  const draw = { seed: 1, firstSample: 0, numSamples: 4000 };
  const e = await model.parameters.read("vocab_embed.embedding");
  const expected = new Float64Array(H * H).map((_, ij) => {
    let sum = 0;
    for (let v = 0; v < V; v++) sum += e[v * H + Math.floor(ij / H)]! * e[v * H + ij % H]!;
    return sum;
  });
  const draws: Float32Array[] = [];
  for (const noise of [correlatedNoise(draw, factor), embeddedNoise(draw)]) {
    for (const step of [0, 1]) {
      using y = noise(step, model);
      const values = await gpu.read(y);
      const covariance = new Float64Array(H * H);
      const rows = draw.numSamples * length;
      for (let r = 0; r < rows; r++) {
        for (let ij = 0; ij < H * H; ij++) {
          covariance[ij]! += values[r * H + Math.floor(ij / H)]! * values[r * H + ij % H]! / rows;
        }
      }
      assertClose(covariance, expected, 0.03, `covariance of step ${step}`);
      draws.push(values);
    }
  }
  assertEquals(new Set(draws.map((values) => values[0])).size, 4);
});

gpuTest(
  "embeddingFactor() refuses an embedding without full rank, or of no numbers",
  async (gpu) => {
    using model = randomModel(gpu, CONFIG, 3);
    const { parameters } = model;
    const values = await parameters.read("vocab_embed.embedding");
    for (const factor of [0, NaN, 1e30]) {
      parameters.write("vocab_embed.embedding", values.map((value) => value * factor));
      await assertRejects(() => embeddingFactor(model), FlmError, "No noise can be drawn");
    }
  },
);

gpuTest("createLatentForm() keeps what is narrower", async (gpu) => {
  using narrow = randomModel(gpu, { ...CONFIG, vocabSize: 33 }, 1);
  using flm = await createLatentForm({ denoiser: narrow });
  using flowMap = await createLatentForm({ denoiser: narrow, correction: narrow });
  assert(flm instanceof EmbeddedForm);
  assert(flowMap instanceof VocabularyForm);
});

gpuTest("runSampler() frees everything when it is abandoned", async (gpu) => {
  for (const kind of KINDS) {
    await withNetworks(gpu, kind, async (networks) => {
      using form = new EmbeddedForm(networks);
      using latent = form.latent(embeddedNoise(DRAW));
      for (const { tokens } of runSampler(networks, latent, kind.steps, { guesses: true })) {
        assertEquals((await gpu.readU32(tokens!)).length, DRAW.numSamples * CONFIG.length);
        break;
      }
    });
  }
});
