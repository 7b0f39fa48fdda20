/**
 * A loss of one's own as a method, which trains, resumes, validates and samples as the others do:
 * `deno run -A examples/own_loss.ts README.md`.
 *
 * The FLM's cross-entropy is replaced by the squared error of the probabilities (the Brier score),
 * ‖softmax(logits) − onehot(x0)‖² for each token.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { trainText } from "@flm/flm";
import {
  drawTimes,
  flm,
  type FlmBatch,
  type Method,
  registerMethod,
  uploadSamples,
} from "@flm/flm/methods";
import {
  corruptedRows,
  oneHotRows,
  seedWords,
  squaredErrorSoftmaxHead,
  type Tape,
  type Value,
} from "@flm/flm/ops";
import { type Dit, type Objective, type ObjectiveOptions, uploadedObjective } from "@flm/flm/train";

/** The squared error of every token, [B·L]. */
function squaredError(tape: Tape, model: Dit, batch: FlmBatch): Value {
  const { gpu, config: { length } } = model;
  const { corrupted, tokens, times, dropout } = batch;
  using embedded = model.embedDense(tape, corrupted, tokens.size);
  using hidden = model.forward(tape, embedded, { times, dropout });
  // The error is onehot(x0) − softmax(logits); the factor −1 is given for each sample.
  using scales = gpu.tensor(new Float32Array(times.size).fill(-1));
  const constant = oneHotRows(gpu, tokens);
  return squaredErrorSoftmaxHead(tape, hidden, model.head, { constant, scales, length });
}

/** What is minimised: batches, times and noise are functions of the step, so that runs resume. */
function squaredErrorObjective(options: ObjectiveOptions<Dit>): Objective {
  const { model, batches, schedule, seed } = options;
  const { gpu, config: { length } } = model;
  return uploadedObjective(options, {
    upload(step, slices) {
      const times = drawTimes({ seed, step }, batches.batchSize);
      return slices.map(({ slice, offset, count }) => {
        const ids = batches.read(step, slice);
        const own = times.subarray(offset, offset + count);
        const gammas = own.map((time) => schedule.gammaAt(time));
        const uploaded = uploadSamples(gpu, { tokens: ids, times: own, gammas });
        return { ...uploaded, ids, firstSample: offset };
      });
    },
    loss(tape, { of: { tokens, times, gammas }, firstSample }, step) {
      const draw = { key: seedWords(seed), step, firstSample };
      const corrupted = corruptedRows(gpu, { tokens, gammas, length, ...draw });
      return squaredError(tape, model, { corrupted, tokens, times, dropout: draw });
    },
  });
}

const brier: Method<Dit, never> = {
  ...flm,
  kind: "brier",
  title: "FLM of squared errors",
  isCrossEntropy: false,
  training(inputs) {
    // Its validation is the loss on validation data, not the FLM's own.
    const { validate: _, ...training } = flm.training(inputs);
    // Nor does its loss heed `flow.noise`, which a run would say of it.
    return { ...training, choosesNoise: false, objective: squaredErrorObjective };
  },
};
registerMethod(brier);

/** Says in one line what is wrong, and ends the program. */
function fail(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}

const [file = "README.md", numSteps = "300"] = Deno.args;
if (!/^[1-9]\d*$/.test(numSteps)) fail(`expected a number of steps, found ${numSteps}`);
const text = await Deno.readTextFile(file)
  .catch(({ message }) => fail(`${file} cannot be read: ${message}`));
using model = await trainText(text, {
  method: "brier",
  numSteps: Number(numSteps),
  onProgress: ({ step, loss }) => console.log(`step ${step}: squared error ${loss.toFixed(4)}`),
});
for (const { text } of await model.sample({ numSamples: 4, numSteps: 32 })) console.log(text);
