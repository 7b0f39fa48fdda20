/**
 * What is said of checkpoints, runs and models, in JSON.
 *
 * @module
 */

import { readLatest } from "../../../lib/checkpoint/run_folder.ts";
import {
  type CheckpointState,
  formatCheckpointState,
  parseCheckpointState,
} from "../../../lib/checkpoint/state.ts";
import { parseConfig } from "../../../lib/config/config.ts";
import { sha256Hex } from "../../../lib/system/sha256.ts";
import { damagedJson } from "../damage/json.ts";
import { decoded, encoded } from "../damage/text.ts";
import type { Bytes, Damage, Subject } from "../subject.ts";

/** A state that says all that one may. */
export const STATE: CheckpointState = {
  format: "flm-checkpoint",
  version: 1,
  kind: "semigroup",
  step: 7,
  seconds: 3.5,
  model: {
    vocabSize: 30,
    length: 12,
    hiddenSize: 32,
    numBlocks: 1,
    numHeads: 2,
    condDim: 16,
    dropout: 0.1,
    doubleTemb: true,
    learnableLossWeighting: false,
    logitCap: null,
    options: { depth: 2, name: "x" },
  },
  teacher: {
    vocabSize: 30,
    length: 12,
    hiddenSize: 32,
    numBlocks: 2,
    numHeads: 4,
    condDim: 16,
    dropout: 0,
    doubleTemb: false,
    learnableLossWeighting: true,
    logitCap: 15,
  },
  learnedFrom: { teacher: { step: 9, sha256: "a".repeat(64) } },
  imported: { source: "x.ckpt", weights: "ema", assumed: ["says nothing of its length"] },
  unlogged: { steps: 2, loss: 3.5, gradNorm: 0.5, skippedSteps: 1 },
  best: { step: 5, metric: "nll", value: 2.5 },
  tokenizer: { name: "text8", fingerprint: "0a1b", file: "vocab.txt" },
  dataHash: "d",
  config: parseConfig({
    name: "tiny",
    data: { source: { kind: "letters" }, length: 12, dir: "shards/tiny" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 7, batchSize: 4 },
  }),
  adapter: "none",
  backend: "builtin",
  ways: { "matmul 8": "lanes" },
  commit: "0123abc",
  files: { "model.safetensors": { bytes: 8, sha256: "b".repeat(64) } },
};

/** Most of them have the checksum that belongs to what they say. */
const damage: Damage = async (file, random, other) => {
  const damaged = await damagedJson(file, random, other);
  return random(4) === 0 ? damaged : await withChecksum(damaged);
};

async function withChecksum(file: Bytes): Promise<Bytes> {
  try {
    const { checksum: _, ...rest } = JSON.parse(decoded(file));
    return encoded(JSON.stringify({ ...rest, checksum: await sha256Hex(JSON.stringify(rest)) }));
  } catch {
    return file;
  }
}

/** `parseCheckpointState`. */
export async function state(): Promise<Subject> {
  const { files: _, teacher: _teacher, ...bare } = STATE;
  return {
    files: {
      "whole/state.json": encoded(await formatCheckpointState(STATE)),
      "bare/state.json": encoded(JSON.stringify({ ...bare, kind: "flm" })),
    },
    damage,
    read: (file, name) => parseCheckpointState(decoded(file), name),
  };
}

/** `readLatest`; what is none at all is not refused here. */
export function latest(folder: string): Subject {
  return {
    files: { "latest.json": encoded('{"checkpoint":"checkpoints/0000200"}\n') },
    damage: damagedJson,
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}`, file);
      return (await readLatest(folder)).checkpoint !== undefined;
    },
  };
}
