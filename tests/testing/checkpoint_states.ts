/**
 * States of checkpoints: what their state.json may say.
 *
 * @module
 */

import type { CheckpointState } from "../../lib/checkpoint/state.ts";
import { parseConfig } from "../../lib/config/config.ts";

/** One that says little more than a state must. */
export const PLAIN_STATE: CheckpointState = {
  format: "flm-checkpoint",
  version: 1,
  kind: "flm",
  step: 7,
  model: {
    vocabSize: 30,
    length: 12,
    hiddenSize: 32,
    numBlocks: 1,
    numHeads: 2,
    condDim: 16,
    dropout: 0.1,
    doubleTemb: false,
    learnableLossWeighting: false,
    logitCap: null,
  },
  tokenizer: { name: "text8", fingerprint: "0a1b" },
  dataHash: "",
  config: parseConfig({
    name: "tiny",
    data: { source: { kind: "letters" }, length: 12, dir: "shards/tiny" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 7, batchSize: 4 },
  }),
  adapter: "none",
};

/** One that says all that a state may. */
export const FULL_STATE: CheckpointState = {
  ...PLAIN_STATE,
  kind: "semigroup",
  seconds: 3.5,
  model: { ...PLAIN_STATE.model, doubleTemb: true, options: { depth: 2, name: "x" } },
  teacher: {
    ...PLAIN_STATE.model,
    numBlocks: 2,
    numHeads: 4,
    dropout: 0,
    learnableLossWeighting: true,
    logitCap: 15,
  },
  learnedFrom: { teacher: { step: 9, sha256: "a".repeat(64) } },
  imported: { source: "x.ckpt", weights: "ema", assumed: ["says nothing of its length"] },
  unlogged: { steps: 2, loss: 3.5, gradNorm: 0.5, skippedSteps: 1 },
  best: { step: 5, metric: "nll", value: 2.5 },
  tokenizer: { ...PLAIN_STATE.tokenizer, file: "vocab.txt" },
  dataHash: "d",
  backend: "builtin",
  ways: { "matmul 8": "lanes" },
  commit: "0123abc",
  files: { "model.safetensors": { bytes: 8, sha256: "b".repeat(64) } },
};
