/**
 * What a checkpoint says of itself: `state.json`.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { CheckpointError } from "../errors.ts";
import type { DitConfig } from "../model/dit_specs.ts";

/**
 * The kinds of model that a checkpoint may hold; they decide how to sample from it:
 *
 * - `flm`: a flow language model;
 * - `flow_map`: the first stage of distillation, the student of a frozen teacher, which the
 *   checkpoint holds as well;
 * - `second_stage`: the second stage, a flow map in one network;
 * - `psd`: a denoiser flow map;
 * - `ar`: the autoregressive baseline, which judges text but does not write it.
 */
export type ModelKind = "flm" | "flow_map" | "second_stage" | "psd" | "ar";

const MODEL_KINDS: readonly ModelKind[] = ["flm", "flow_map", "second_stage", "psd", "ar"];

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
  /** Those of a `flow_map`'s teacher, whose weights are in `teacher.safetensors`. */
  teacher?: DitConfig;
  /** How text became tokens; `file` is the checkpoint's copy of the vocabulary, if it has one. */
  tokenizer: { name: string; fingerprint: string; file?: string };
  /** Hash of what the token shards depend on. */
  dataHash: string;
  /** The configuration of the run. */
  config: Config;
  /** The adapter it was trained on: sums may differ in their last bits on another. */
  adapter: string;
}

/** The state of a model that writes text. */
export interface WriterState extends CheckpointState {
  /** What the weights are. */
  kind: Exclude<ModelKind, "ar">;
}

/** Whether a checkpoint holds a model that writes text. */
export function isWriter(state: CheckpointState): state is WriterState {
  return state.kind !== "ar";
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
  if (!MODEL_KINDS.some((kind) => kind === state.kind)) {
    throw fail(`it holds a model of kind "${state.kind}", which this program does not know`);
  }
  if (!Number.isInteger(state.step)) throw fail(`"step" is ${state.step}, not a whole number`);
  requireModel(state.model, "model", fail);
  if (state.kind === "flow_map") {
    requireModel(state.teacher, "teacher", fail);
    for (const key of ["vocabSize", "length", "hiddenSize"] as const) {
      const [student, teacher] = [state.model![key], state.teacher![key]];
      if (teacher === student) continue;
      throw fail(`"teacher.${key}" is ${teacher}, but "model.${key}" is ${student}`);
    }
  }
  for (const key of ["name", "fingerprint"] as const) {
    if (typeof state.tokenizer?.[key] !== "string") throw fail(`"tokenizer.${key}" is missing`);
  }
  const { file = "" } = state.tokenizer!;
  if (typeof file !== "string") throw fail(`"tokenizer.file" is ${file}, expected a file's name`);
  return state as CheckpointState;
}

/** Checks the fields of a network's sizes. @throws {CheckpointError} made by `fail`. */
function requireModel(
  model: Partial<DitConfig> | undefined,
  name: string,
  fail: (reason: string) => CheckpointError,
): void {
  for (const [key, { expected, accepts }] of Object.entries(MODEL_FIELDS)) {
    const value = model?.[key as keyof DitConfig];
    if (!accepts(value)) {
      throw fail(`"${name}.${key}" is ${JSON.stringify(value)}, expected ${expected}`);
    }
  }
  const { hiddenSize, numHeads } = model as DitConfig;
  if (hiddenSize % (4 * numHeads) !== 0) {
    throw fail(
      `"${name}.hiddenSize" is ${hiddenSize}, not a multiple of 4 times its ${numHeads} heads`,
    );
  }
}

/**
 * Checks that a checkpoint holds the kind of model, and the network, that a training is to make.
 * Dropout may differ.
 *
 * @throws {CheckpointError} naming the first difference and both values.
 */
export function requireSameModel(
  name: string,
  found: Pick<CheckpointState, "kind" | "model">,
  kind: ModelKind,
  model: DitConfig,
): void {
  const compare = (key: string, value: unknown, expected: unknown) => {
    if (value === expected) return;
    throw new CheckpointError(
      `The checkpoint ${name} does not fit the configuration: its ${key} is ${value}, the ` +
        `configuration's is ${expected}. Use the configuration it was trained with, or ` +
        `start a new run.`,
    );
  };
  compare("kind", found.kind, kind);
  for (const key of Object.keys(MODEL_FIELDS) as (keyof DitConfig)[]) {
    if (key !== "dropout") compare(key, found.model[key], model[key]);
  }
}
