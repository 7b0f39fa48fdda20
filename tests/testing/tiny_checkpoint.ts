/**
 * A run folder with a checkpoint of a tiny model with random weights.
 *
 * @module
 */

import { parseConfig } from "../../lib/config.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { Dit } from "../../lib/model/dit.ts";
import { createTokenizer } from "../../lib/text/tokenizer.ts";
import { writeCheckpoint } from "../../lib/train/checkpoint.ts";
import type { CheckpointState } from "../../lib/train/checkpoint_state.ts";
import { flmModelConfig } from "../../lib/train/stages.ts";
import { randomNumbers } from "./check_op.ts";

/** Steps that the checkpoint says to have been trained for. */
export const TINY_STEP = 7;

/**
 * Writes the run `folder`, whose running average differs from its last weights.
 *
 * @returns The checkpoint's folder.
 */
export async function writeTinyCheckpoint(gpu: Gpu, folder: string): Promise<string> {
  const tokenizer = await createTokenizer("text8");
  const config = parseConfig({
    name: "tiny",
    data: { source: { kind: "file", path: "tiny.txt" }, length: 12, dir: "shards/tiny" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16, dropout: 0 },
    train: { numSteps: TINY_STEP, batchSize: 4 },
  });
  const state: CheckpointState = {
    format: "flm-checkpoint",
    version: 1,
    kind: "flm",
    step: TINY_STEP,
    model: flmModelConfig(config, tokenizer),
    tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
    dataHash: "",
    config,
    adapter: gpu.adapterName,
  };
  using model = randomModel(gpu, state, 1);
  using ema = randomModel(gpu, state, 2);
  return await writeCheckpoint(gpu, folder, state, {
    model: model.parameters.tensors,
    ema: ema.parameters.tensors,
    optimizer: [],
  }, 1);
}

/**
 * All weights are random, since texts would not depend on the noise with those that training
 * begins with; those that add the same to every position are small.
 */
function randomModel(gpu: Gpu, { model: config }: CheckpointState, seed: number): Dit {
  const model = Dit.create(gpu, config, false);
  model.parameters.parameters.forEach(({ name, shape }, i) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const scale = /bias|adaLN/.test(name) ? 0.1 : 1;
    const values = randomNumbers(size, 100 * seed + i).map((value) => scale * value);
    model.parameters.write(name, values);
  });
  return model;
}
