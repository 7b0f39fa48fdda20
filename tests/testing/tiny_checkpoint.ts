/**
 * A run folder with a checkpoint of a tiny model with random weights.
 *
 * @module
 */

import type { CheckpointState } from "../../lib/checkpoint/state.ts";
import { writeCheckpoint } from "../../lib/checkpoint/writer.ts";
import { type DataConfig, parseConfig } from "../../lib/config/config.ts";
import { readManifest } from "../../lib/data/shards/read_manifest.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { networkConfig } from "../../lib/methods/base/network_config.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { randomModel } from "./random_model.ts";

/** Steps that the checkpoint says to have been trained for. */
export const TINY_STEP = 7;

/** What {@linkcode writeTinyCheckpoint} may be told. */
export interface TinyCheckpointOptions {
  /** `flm` unless told. */
  kind?: string;
  /** 32 unless told, which is more than the 30 tokens of the tokenizer. */
  hiddenSize?: number;
  /** Steps that it says to have been trained for; {@linkcode TINY_STEP} unless told. */
  step?: number;
  /** Seconds that these took; it does not say unless told. */
  seconds?: number;
  /** How many checkpoints of the run stay; 1 unless told. */
  keep?: number;
  /** Its data, of blocks of 12 tokens, whose shards may be there. */
  data?: DataConfig;
  /** Hash of the shards that it was trained on; of those that are there unless told. */
  dataHash?: string;
  /** Seed of its weights; 0 unless told. */
  seed?: number;
}

/** Hash of the shards in a folder; of those that are not there it does not matter. */
async function hashOfShards(folder: string): Promise<string> {
  return await readManifest(folder).then(({ configHash }) => configHash, () => "none");
}

/**
 * Writes the run `folder`, whose running average differs from its last weights.
 *
 * @returns The checkpoint's folder.
 */
export async function writeTinyCheckpoint(
  gpu: Gpu,
  folder: string,
  options: TinyCheckpointOptions = {},
): Promise<string> {
  const { kind = "flm", hiddenSize = 32, step = TINY_STEP, keep = 1, seed = 0 } = options;
  const tokenizer = await createTokenizer("text8");
  const config = parseConfig({
    name: "tiny",
    data: options.data ??
      { source: { kind: "file", path: "tiny.txt" }, length: 12, dir: "shards/tiny" },
    model: { hiddenSize, numBlocks: 1, numHeads: 2, condDim: 16, dropout: 0 },
    train: { numSteps: TINY_STEP, batchSize: 4 },
  });
  const flm = networkConfig(config, tokenizer);
  const state: CheckpointState = {
    format: "flm-checkpoint",
    version: 1,
    kind,
    step,
    ...(options.seconds !== undefined && { seconds: options.seconds }),
    model: { ...flm, doubleTemb: kind !== "flm" },
    ...(kind === "semigroup" && { teacher: flm }),
    tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
    dataHash: options.dataHash ?? await hashOfShards(config.data.dir),
    config,
    adapter: gpu.adapterName,
  };
  using model = randomModel(gpu, state.model, seed + 1);
  using ema = randomModel(gpu, state.model, seed + 2);
  using teacher = state.teacher && randomModel(gpu, state.teacher, seed + 3);
  return await writeCheckpoint(gpu, folder, state, {
    model: model.parameters.tensors,
    ema: ema.parameters.tensors,
    optimizer: [],
    ...(teacher && { teacher: teacher.parameters.tensors }),
  }, keep);
}

/** Makes a checkpoint one of an older version, which says nothing of its files. */
export async function forgetHashes(checkpoint: string): Promise<void> {
  const path = `${checkpoint}/state.json`;
  const { files: _files, checksum: _checksum, ...state } = JSON.parse(
    await Deno.readTextFile(path),
  );
  await Deno.writeTextFile(path, JSON.stringify(state));
}
