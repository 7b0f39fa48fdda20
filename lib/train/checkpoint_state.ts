/**
 * What a checkpoint says of itself: `state.json`.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { CheckpointError } from "../errors.ts";
import type { DitConfig } from "../model/dit_specs.ts";

/** The kinds of model that a checkpoint may hold; they decide how to sample from it. */
export type ModelKind = "flm";

/** The content of `state.json`. */
export interface CheckpointState {
  /** What the file is. */
  format: "flm-checkpoint";
  /** The version of this layout. */
  version: 1;
  /** What the weights are. */
  kind: ModelKind;
  /** Optimisation steps done. All draws and batches are functions of seed and step. */
  step: number;
  /** Sizes and options of the network. */
  model: DitConfig;
  /** How text became tokens. */
  tokenizer: { name: string; fingerprint: string };
  /** Hash of what the token shards depend on. */
  dataHash: string;
  /** The configuration of the run. */
  config: Config;
  /** The adapter it was trained on: sums may differ in their last bits on another. */
  adapter: string;
}

interface FieldKind {
  expected: string;
  accepts: (value: unknown) => boolean;
}

const SIZE: FieldKind = {
  expected: "a whole number of at least 1",
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};
const FLAG: FieldKind = {
  expected: "true or false",
  accepts: (value) => typeof value === "boolean",
};
const RATE: FieldKind = {
  expected: "a number from 0 up to, but not including, 1",
  accepts: (value) => typeof value === "number" && value >= 0 && value < 1,
};
const CAP: FieldKind = {
  expected: "a number above 0, or null",
  accepts: (value) => value === null || (typeof value === "number" && value > 0),
};

const MODEL_FIELDS: Readonly<Record<keyof DitConfig, FieldKind>> = {
  vocabSize: SIZE,
  length: SIZE,
  hiddenSize: SIZE,
  numBlocks: SIZE,
  numHeads: SIZE,
  condDim: SIZE,
  dropout: RATE,
  doubleTemb: FLAG,
  learnableLossWeighting: FLAG,
  logitCap: CAP,
};

/**
 * Reads a state.json's text.
 *
 * @param name The file, for messages.
 * @throws {CheckpointError} naming what is wrong with it.
 */
export function parseCheckpointState(text: string, name: string): CheckpointState {
  const fail = (reason: string, cause?: unknown) =>
    new CheckpointError(`Cannot read ${name}: ${reason}`, { cause });
  let state: Partial<CheckpointState> | null;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw fail(`it is not JSON (${(cause as Error).message}); is the file truncated?`, cause);
  }
  if (state?.format !== "flm-checkpoint") throw fail(`it is not the state of an flm checkpoint`);
  if (state.version !== 1) throw fail(`its version is ${state.version}, this program reads 1`);
  if (state.kind !== "flm") {
    throw fail(`it holds a model of kind "${state.kind}", which this program does not know`);
  }
  if (!Number.isInteger(state.step)) throw fail(`"step" is ${state.step}, not a whole number`);
  for (const [key, { expected, accepts }] of Object.entries(MODEL_FIELDS)) {
    const value = state.model?.[key as keyof DitConfig];
    if (!accepts(value)) {
      throw fail(`"model.${key}" is ${JSON.stringify(value)}, expected ${expected}`);
    }
  }
  const { hiddenSize, numHeads } = state.model!;
  if (hiddenSize % (4 * numHeads) !== 0) {
    throw fail(
      `"model.hiddenSize" is ${hiddenSize}, not a multiple of 4 times its ${numHeads} heads`,
    );
  }
  for (const key of ["name", "fingerprint"] as const) {
    if (typeof state.tokenizer?.[key] !== "string") throw fail(`"tokenizer.${key}" is missing`);
  }
  return state as CheckpointState;
}

/**
 * Checks that a checkpoint's network is the one that a configuration describes.
 *
 * @throws {CheckpointError} naming the first difference and both values.
 */
export function requireSameModel(
  name: string,
  found: DitConfig,
  expected: DitConfig,
  ignore: readonly (keyof DitConfig)[] = ["dropout"],
): void {
  for (const key of Object.keys(MODEL_FIELDS) as (keyof DitConfig)[]) {
    if (ignore.includes(key) || found[key] === expected[key]) continue;
    throw new CheckpointError(
      `The checkpoint ${name} does not fit the configuration: its ${key} is ${found[key]}, the ` +
        `configuration's is ${expected[key]}. Use the configuration it was trained with, or ` +
        `start a new run.`,
    );
  }
}
