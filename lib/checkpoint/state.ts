/**
 * What a checkpoint says of itself: `state.json`.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { modernise } from "../config/former_keys.ts";
import { modelKind } from "../config/model_kind.ts";
import { CONFIG_SCHEMA } from "../config/schema.ts";
import { CheckpointError } from "../errors.ts";
import { type BackendName, BACKENDS } from "../gpu/backend.ts";
import type { FileRecord } from "../io/file_record.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import {
  anyText,
  anything,
  boolean,
  describeValue,
  fileName,
  integer,
  nullable,
  number,
  oneOf,
  scalar,
  sha256,
  text,
} from "../schema/field.ts";
import { parseJson, readShape } from "../schema/read_json.ts";
import { isMapping, type Section } from "../schema/tree.ts";
import { sha256Hex } from "../system/sha256.ts";

/** What tells the weights of a network apart from all others. */
export interface NetworkIdentity {
  /** Optimisation steps that they are of. */
  step: number;
  /** SHA-256 (hex) of their file. */
  sha256: string;
}

/** Where a model that was no run of flm came from. */
export interface ImportedFrom {
  /** Its path, address or name on the hub. */
  source: string;
  /** SHA-256 (hex) of the file of its weights; left out of what came over a network. */
  sha256?: string;
  /** Which weights were taken for the running average. */
  weights: string;
  /** What it does not tell and was assumed: sentences without their subject, it. */
  assumed: readonly string[];
}

/** What was measured of steps of which no line of metrics tells yet. */
export interface UnloggedSteps {
  /** How many had a finite loss and gradient. */
  steps: number;
  /** Sum of their losses. */
  loss: number;
  /** Sum of the norms of their gradients. */
  gradNorm: number;
  /** Further ones that were left out, since their gradient was not finite. */
  skippedSteps: number;
  /** The noise of gradients, where it was measured. */
  gradNoise?: UnloggedNoise;
}

/** What was measured of the noise of gradients, of which no line of metrics tells yet. */
export interface UnloggedNoise {
  /** In how many steps. */
  steps: number;
  /** Sum of the traces of the covariance. */
  gradVariance: number;
  /** Sum of the squared norms. */
  gradSquares: number;
}

/** The checkpoint that a run keeps since none is better by its metric. */
export interface BestCheckpoint {
  /** Its step. */
  step: number;
  /** The metric. */
  metric: string;
  /** What it was there. */
  value: number;
}

/** The content of `state.json`. */
export interface CheckpointState {
  /** What the file is. */
  format: "flm-checkpoint";
  /** The version of this layout. */
  version: 1;
  /** What the weights are: the kind of the method that made them. */
  kind: string;
  /** Optimisation steps done. All draws and batches are functions of seed and step. */
  step: number;
  /** Seconds of work that they took, if the run ends in time (`train.minutes`). */
  seconds?: number;
  /** Sizes and options of the network. */
  model: DitConfig;
  /**
   * Those of a teacher without which no text is written; its weights are in `teacher.safetensors`.
   */
  teacher?: DitConfig;
  /** The networks that a student learned from: `teacher`, `flowMap`. */
  learnedFrom?: Readonly<Record<string, NetworkIdentity>>;
  /** Where it came from, if no run of flm has made it. */
  imported?: ImportedFrom;
  /** The steps since the last line of metrics, if there are any. */
  unlogged?: UnloggedSteps;
  /** The best checkpoint of the run so far, this one included, if there is a metric for it. */
  best?: BestCheckpoint;
  /** How text became tokens; `file` is the checkpoint's copy of the vocabulary, if it has one. */
  tokenizer: { name: string; fingerprint: string; file?: string };
  /** Hash of what the token shards depend on. */
  dataHash: string;
  /** The configuration of the run. */
  config: Config;
  /** The adapter it was trained on: sums may differ in their last bits on another. */
  adapter: string;
  /** The way to that adapter, which may do the same too; `builtin` unless it says so. */
  backend?: BackendName;
  /**
   * The ways of products on that adapter, if they were found by trying: on it sums depend on them.
   */
  ways?: Readonly<Record<string, string>>;
  /** The commit of flm that it was trained by, if that is known. */
  commit?: string;
  /** The files beside this one, as they were written; older checkpoints do not say. */
  files?: Readonly<Record<string, FileRecord>>;
  /** The SHA-256 of everything else in this file. */
  checksum?: string;
}

/** Longest sequence of any configuration. */
const MAX_LENGTH = 65536;
const SHA256 = sha256({ doc: "Of a file." });

/** The files beside a description, as they were written; descriptions may leave that out. */
export const FILE_RECORDS = {
  doc: "The files beside it.",
  optional: {
    doc: "Files by name.",
    entry: {
      doc: "A file.",
      keys: { bytes: integer({ doc: "Its size.", min: 0 }), sha256: SHA256 },
    },
  },
};

const MODEL: Section<DitConfig> = {
  doc: "A network.",
  keys: {
    vocabSize: integer({ doc: "Tokens of the vocabulary.", min: 1 }),
    length: integer({ doc: "Tokens of a sequence.", min: 1, max: MAX_LENGTH }),
    hiddenSize: integer({ doc: "Width.", min: 1 }),
    numBlocks: integer({ doc: "Blocks.", min: 1 }),
    numHeads: integer({ doc: "Heads.", min: 1 }),
    condDim: integer({ doc: "Width of the time embedding.", min: 1 }),
    dropout: number({ doc: "Dropout in training.", min: 0, below: 1 }),
    doubleTemb: boolean({ doc: "Whether there is a second time." }),
    learnableLossWeighting: boolean({ doc: "Whether the loss is weighted." }),
    logitCap: nullable(number({ above: 0 }), { doc: "Cap of the logits." }),
    options: {
      doc: "What networks of other kinds have besides.",
      optional: { doc: "Values by name.", entry: scalar() },
    },
  },
};

/** Whatever it is: these two are looked at first, so that other files are called what they are. */
const HEAD: Section<{ format: unknown; version: unknown }> = {
  doc: "What the file is.",
  keys: {
    format: anything({ doc: "The kind of file.", fallback: null }),
    version: anything({ doc: "The version of its layout.", fallback: null }),
  },
};

const CONTENT: Section<Omit<CheckpointState, "format" | "version">> = {
  doc: "What a checkpoint says of itself.",
  keys: {
    kind: modelKind({ doc: "What the weights are." }),
    step: integer({ doc: "Steps done.", min: 0 }),
    seconds: {
      doc: "The work that they took.",
      optional: number({ doc: "In seconds.", min: 0 }),
    },
    model: MODEL,
    teacher: { doc: "The teacher that it needs.", optional: MODEL },
    learnedFrom: {
      doc: "The networks that a student learned from.",
      optional: {
        doc: "Networks by what they are to it.",
        entry: {
          doc: "A network.",
          keys: { step: integer({ doc: "Its steps.", min: 0 }), sha256: SHA256 },
        },
      },
    },
    imported: {
      doc: "Where it came from.",
      optional: {
        doc: "A source.",
        keys: {
          source: text({ doc: "Its path, address or name." }),
          sha256: { doc: "Of its weights' file.", optional: SHA256 },
          weights: text({ doc: "Which weights were taken." }),
          assumed: { doc: "What it does not tell.", item: text({ doc: "A sentence." }) },
        },
      },
    },
    unlogged: {
      doc: "The steps since the last line of metrics.",
      optional: {
        doc: "Sums over steps.",
        keys: {
          steps: integer({ doc: "How many.", min: 0 }),
          loss: number({ doc: "Of losses." }),
          gradNorm: number({ doc: "Of norms of gradients." }),
          skippedSteps: integer({ doc: "How many were left out.", min: 0, fallback: 0 }),
          gradNoise: {
            doc: "The noise of gradients.",
            optional: {
              doc: "Sums over steps.",
              keys: {
                steps: integer({ doc: "How many.", min: 1 }),
                gradVariance: number({ doc: "Of traces of the covariance." }),
                gradSquares: number({ doc: "Of squared norms." }),
              },
            },
          },
        },
      },
    },
    best: {
      doc: "The best checkpoint so far.",
      optional: {
        doc: "A checkpoint.",
        keys: {
          step: integer({ doc: "Its step.", min: 0 }),
          metric: text({ doc: "By which it is the best." }),
          value: number({ doc: "What it was." }),
        },
      },
    },
    tokenizer: {
      doc: "How text became tokens.",
      keys: {
        name: text({ doc: "Its name." }),
        fingerprint: text({ doc: "What tells its versions apart." }),
        file: {
          doc: "Its vocabulary.",
          optional: fileName({ doc: "A file of the checkpoint." }),
        },
      },
    },
    dataHash: anyText({ doc: "What the shards depend on.", fallback: "" }),
    config: CONFIG_SCHEMA,
    adapter: text({ doc: "Where it was trained.", fallback: "unknown" }),
    backend: { doc: "The way to it.", optional: oneOf(BACKENDS, { doc: "A backend." }) },
    ways: {
      doc: "The ways of products there.",
      optional: { doc: "Ways by product.", entry: text({ doc: "A way." }) },
    },
    commit: { doc: "Of flm.", optional: text({ doc: "A commit." }) },
    files: FILE_RECORDS,
    checksum: { doc: "The hash of the rest.", optional: sha256({ doc: "Of all but itself." }) },
  },
};

/** The text of a state.json, with the hash of what it says. */
export async function formatCheckpointState(state: CheckpointState): Promise<string> {
  const checksum = await checksumOf(state);
  return JSON.stringify({ ...state, checksum }, null, 2) + "\n";
}

/** The hash of everything but itself, however it is laid out. */
function checksumOf({ checksum: _, ...rest }: { checksum?: unknown }): Promise<string> {
  return sha256Hex(JSON.stringify(rest));
}

/**
 * Reads a state.json's text.
 *
 * @param name The file, for messages.
 * @throws {CheckpointError} naming what is wrong with it.
 */
export async function parseCheckpointState(
  source: string,
  name: string,
): Promise<CheckpointState> {
  const fail = (reason: string) => new CheckpointError(`Cannot read ${name}: ${reason}`);
  const document = { name, error: CheckpointError };
  const value = parseJson(source, document);
  const { format, version } = readShape(value, HEAD, document);
  if (format !== "flm-checkpoint") throw fail("it is not the state of an flm checkpoint.");
  if (version !== 1) {
    throw fail(`its version is ${describeValue(version)}, this program reads 1.`);
  }
  const raw = value as Record<string, unknown>;
  const advice = raw.config === undefined
    ? "A checkpoint that was made by hand needs its run's configuration as config: the content " +
      "of config.yaml, as JSON."
    : undefined;
  const state: CheckpointState = {
    format,
    version,
    ...readShape(
      { ...raw, config: modernise(withFlow(raw.config)).document },
      CONTENT,
      { ...document, ...(advice && { advice }) },
    ),
  };
  requireHeads(state.model, "model", fail);
  if (state.teacher !== undefined) requireTeacher(state.model, state.teacher, fail);
  if (state.files === undefined && state.checksum === undefined) return state;
  const found = await checksumOf(raw);
  if (found === state.checksum) return state;
  throw fail(
    `it is not as it was written: its SHA-256 is ${found}, its checksum says ` +
      `${state.checksum ?? "nothing"}. If it was changed on purpose, remove checksum and files.`,
  );
}

/** Runs without the section `flow` are older than it: their noise is explicit. */
function withFlow(config: unknown): unknown {
  if (!isMapping(config) || Object.hasOwn(config, "flow")) return config;
  return { ...config, flow: { noise: "explicit" } };
}

function requireHeads(
  { hiddenSize, numHeads }: DitConfig,
  name: string,
  fail: (reason: string) => CheckpointError,
): void {
  if (hiddenSize % (4 * numHeads) === 0) return;
  throw fail(
    `${name}.hiddenSize is ${hiddenSize}, not a multiple of 4 times its ${numHeads} heads.`,
  );
}

/** Checks that a teacher fits. */
function requireTeacher(
  model: DitConfig,
  teacher: DitConfig,
  fail: (reason: string) => CheckpointError,
): void {
  requireHeads(teacher, "teacher", fail);
  for (const key of ["vocabSize", "length", "hiddenSize"] as const) {
    if (teacher[key] === model[key]) continue;
    throw fail(`teacher.${key} is ${teacher[key]}, but model.${key} is ${model[key]}.`);
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
  kind: string,
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
  for (const key of Object.keys(MODEL.keys) as (keyof DitConfig)[]) {
    if (key !== "dropout" && key !== "options") compare(key, found.model[key], model[key]);
  }
  const [foundOptions, options] = [found.model.options ?? {}, model.options ?? {}];
  for (const key of Object.keys({ ...foundOptions, ...options })) {
    compare(`option ${key}`, foundOptions[key], options[key]);
  }
}
