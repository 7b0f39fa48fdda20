/**
 * Checks the checkpoints in the reference's own form: what they hold, what a model of their weights
 * computes, and that others are refused.
 *
 * @module
 */

import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import type { TrainedModel, Weights } from "../../lib/checkpoint/trained_model.ts";
import { FlmError } from "../../lib/errors.ts";
import { Dit } from "../../lib/model/dit.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { readDescription } from "./golden_file.ts";
import { readLogProbs, readProbs } from "./model.ts";

/** What is known of a checkpoint. */
interface Expected {
  readonly ok?: false;
  readonly kind: string;
  /** The golden file that its weights are in. */
  readonly weights: string;
}

/** A model computes this of its input and times: probabilities, or their logarithms. */
interface Prediction {
  readonly file: string;
  readonly tensor: string;
  /** Input and times; a number is the time of all. */
  readonly inputs: readonly [x: string, time: string | number, targetTime?: string];
  readonly logitCap: number | null;
}

/** The golden files that hold what models of golden weights compute. */
const PREDICTIONS: Readonly<Record<string, Prediction>> = {
  tiny_weights_flm: {
    file: "tiny_flm_loss",
    tensor: "log_probs",
    inputs: ["x_t", "t"],
    logitCap: null,
  },
  tiny_weights_flm_llw: {
    file: "tiny_flm_loss_llw",
    tensor: "log_probs",
    inputs: ["x_t", "t"],
    logitCap: null,
  },
  tiny_weights_fmlm: {
    file: "tiny_psd_samplers",
    tensor: "g0.0.1.z_final",
    inputs: ["z0", 0, "g0.0.1.tau_tilde"],
    logitCap: 30,
  },
};

/** Half the distance of neighbouring bfloat16 numbers, over the smaller. */
const BF16 = 2 ** -8;

/** Checks the folder `ckpt`. */
export async function checkCheckpoints(context: CheckContext): Promise<void> {
  const { golden: { dir, stem } } = context;
  const { files } = await readDescription<{ files: Record<string, Expected> }>(
    `${dir}/${stem}/expected.json`,
  );
  for (const [name, expected] of Object.entries(files)) {
    const path = `${dir}/${stem}/${name}`;
    if (expected.ok === false) await checkRefused(context, name, `${path}.ckpt`);
    else await checkModel(context, name, path, expected);
  }
}

/** A file that cannot be used is an error for people, whether it is opened or its average read. */
async function checkRefused(context: CheckContext, name: string, path: string): Promise<void> {
  const refused = await openModel(path)
    .then((model) => model.read("ema", () => Promise.resolve(false)))
    .catch((error) => error instanceof FlmError);
  context.compareTokenValues(`${name} is refused`, [Number(refused)], [1]);
}

async function checkModel(
  context: CheckContext,
  name: string,
  path: string,
  { kind, weights }: Expected,
): Promise<void> {
  const { golden: { dir } } = context;
  const { logitCap } = PREDICTIONS[weights]!;
  const model = await openModel(`${path}.ckpt`, { logitCap });
  if (model.state.kind !== kind) {
    context.fail(`${name} kind`, 0, `it is taken for ${model.state.kind}, and is ${kind}`);
  }
  const isRounded = name.endsWith("_bf16");
  await compareWeights(context, `${name} weights`, model, "model", {
    path: `${dir}/${weights}.safetensors`,
    bound: isRounded ? BF16 : 0,
  });
  if (!isRounded) await checkPrediction(context, name, model, weights);
  if (name.endsWith("_no_ema")) {
    const refused = await model.read("ema", () => Promise.resolve(false))
      .catch((error) => error instanceof FlmError);
    context.compareTokenValues(`${name} has no EMA`, [Number(refused)], [1]);
    return;
  }
  const ema = { path: `${path}.ema.safetensors`, bound: 0 };
  await compareWeights(context, `${name} EMA`, model, "ema", ema);
  if (!name.endsWith("_llw")) return;
  const half = { ...ema, factor: 0.5 };
  await compareWeights(context, `${name} EMA 0.999`, model, "ema:0.999", half);
}

/** Compares all weights with those of a file, times a factor. */
async function compareWeights(
  context: CheckContext,
  quantity: string,
  model: TrainedModel,
  weights: Weights,
  { path, bound, factor = 1 }: { path: string; bound: number; factor?: number },
): Promise<void> {
  using expected = await SafetensorsFile.open(path);
  const found: number[] = [];
  const wanted: number[] = [];
  await model.read(weights, async (file) => {
    for (const { name, numElements, shape } of expected.tensors.values()) {
      file.info(name, shape);
      for (const value of await file.readRange(name, 0, numElements)) found.push(value);
      for (const value of await expected.read(name)) wanted.push(factor * value);
    }
  });
  context.compareValues(quantity, found, wanted, bound);
}

async function checkPrediction(
  context: CheckContext,
  name: string,
  model: TrainedModel,
  weights: string,
): Promise<void> {
  const { golden: { dir }, resources } = context;
  const { file, tensor, inputs: [input, time, targetTime] } = PREDICTIONS[weights]!;
  using golden = await SafetensorsFile.open(`${dir}/${file}.safetensors`);
  const gpu = await resources.gpu();
  using dit = await model.network(gpu, Dit, "model");
  const { vocabSize, length } = dit.config;
  const rows = golden.info(input).numElements / vocabSize;
  const timesOf = async (from: string | number) => {
    const values = typeof from === "number" ? [from] : [...await golden.read(from)];
    return Float32Array.from({ length: rows / length }, (_, i) => values[i] ?? values[0]!);
  };
  using x = gpu.tensor(await golden.read(input), [rows, vocabSize]);
  using times = gpu.tensor(await timesOf(time));
  using targets = gpu.tensor(await timesOf(targetTime ?? time));
  using tape = new Tape(gpu, false);
  using embedded = dit.embedDense(tape, tensorRows(gpu, x), rows);
  using hidden = dit.forward(tape, embedded, {
    times,
    targetTimes: targetTime === undefined ? undefined : targets,
  });
  const read = tensor === "log_probs" ? readLogProbs : readProbs;
  context.compareValues(
    `${name} ${tensor}`,
    await read(dit, hidden.tensor),
    await golden.read(tensor),
    Bound.Forward,
  );
}
