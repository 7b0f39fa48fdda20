/**
 * A whole run on one page, from a text to samples, of the parts that `trainText` is made of:
 * `deno run -A examples/train_loop.ts README.md`.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { createTokenizer, memoryBlocks, TrainingBatches } from "@flm/flm/data";
import { Gpu } from "@flm/flm/gpu";
import {
  createLatentForm,
  flmObjective,
  flmSteps,
  GammaSchedule,
  runSampler,
} from "@flm/flm/methods";
import { Dit, initialise, Trainer } from "@flm/flm/train";

/** Says in one line what is wrong, and ends the program. */
function fail(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}

const [file = "README.md", steps = "300"] = Deno.args;
if (!/^[1-9]\d*$/.test(steps)) fail(`expected a number of steps, found ${steps}`);
const text = await Deno.readTextFile(file)
  .catch(({ message }) => fail(`${file} cannot be read: ${message}`));
const [numSteps, seed, length, batchSize, numSamples] = [Number(steps), 1, 32, 32, 4];

// Text becomes token ids, these become blocks, and these become shuffled batches.
const tokenizer = await createTokenizer("text8");
const ids = tokenizer.encode(text);
const blocks = memoryBlocks(
  Uint32Array.from(ids.slice(0, ids.length - ids.length % length)),
  length,
);
const batches = new TrainingBatches(blocks, { seed, batchSize });

// A transformer that predicts clean tokens from corrupted ones and the time.
using gpu = await Gpu.open();
const { vocabSize } = tokenizer;
const size = { vocabSize, length, hiddenSize: 96, numBlocks: 3, numHeads: 3, condDim: 96 };
const options = { dropout: 0, logitCap: null, learnableLossWeighting: false, doubleTemb: false };
const config = { ...size, ...options };
using model = Dit.create(gpu, config, true);
initialise(model, seed);

// The loss: times and noise are drawn anew for each step, as functions of seed and step.
const schedule = new GammaSchedule(vocabSize);
const objective = flmObjective({ model, batches, schedule, seed, numMicroBatches: 1 });

// AdamW with a warm-up and a decay to 0, and an average of the weights.
const rate = {
  schedule: "wsd",
  lr: 2e-3,
  minLr: 0,
  warmupSteps: numSteps / 10,
  decaySteps: numSteps / 2,
} as const;
const adam = {
  optimizer: "adamw",
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  vectorWeightDecay: null,
  vocabularyWeightDecay: null,
  gradClip: 1,
};
const optim = { ...rate, ...adam, emaDecay: 0.98 };
using trainer = new Trainer({ model, objective, optim, numSteps });
while (trainer.step < numSteps) {
  await trainer.recordStep();
  // The device works while the host records; reading back waits for it.
  if (trainer.step % 10 !== 0 && trainer.step !== numSteps) continue;
  const { step, loss, gradNorm } = (await trainer.drain()).at(-1)!;
  console.log(`step ${step}: loss ${loss.toFixed(3)}, gradient ${gradNorm.toFixed(3)}`);
}

// The averaged weights follow the flow from noise to text.
using denoiser = new Dit(gpu, config, trainer.ema.parameters);
using form = await createLatentForm({ denoiser });
using latent = form.draw({ seed, firstSample: 0, numSamples });
for (const { tokens } of runSampler({ denoiser }, latent, flmSteps(schedule, 32))) {
  if (tokens === undefined) continue;
  const written = await gpu.readU32(tokens);
  for (let at = 0; at < written.length; at += length) {
    console.log(tokenizer.decode(written.subarray(at, at + length)));
  }
}
