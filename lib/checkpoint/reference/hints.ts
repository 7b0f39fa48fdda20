/**
 * What a configuration of the reference says of a model: the one inside a Lightning checkpoint, or
 * a `config.json` of the hub, whose keys are flat in some.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import {
  anyText,
  boolean,
  describeValue,
  type Field,
  integer,
  nullable,
  number,
} from "../../schema/field.ts";
import { isMapping } from "../../schema/tree.ts";

/** What is known of a model besides its tensors; what is not said is left out. */
export interface ReferenceHints {
  /** Name of its algorithm. */
  readonly algorithm?: string;
  /** Tokens of the vocabulary. */
  readonly vocabSize?: number;
  /** Tokens of a sequence. */
  readonly length?: number;
  /** Width. */
  readonly hiddenSize?: number;
  /** Blocks. */
  readonly numBlocks?: number;
  /** Heads. */
  readonly numHeads?: number;
  /** Width of the time embedding. */
  readonly condDim?: number;
  /** Dropout in training. */
  readonly dropout?: number;
  /** Whether there is a second time. */
  readonly doubleTemb?: boolean;
  /** Whether its loss is weighted by time. */
  readonly learnableLossWeighting?: boolean;
  /** Cap of the logits. */
  readonly logitCap?: number | null;
  /** Name of the tokenizer. */
  readonly tokenizer?: string;
  /** Name of the data set. */
  readonly dataset?: string;
  /** Whether texts are joined to fill blocks. */
  readonly wrap?: boolean;
  /** Decay of the running average. */
  readonly emaDecay?: number;
  /** Blocks in a step. */
  readonly batchSize?: number;
}

const SIZE = integer({ min: 1 });

/** Where a hint stands, the first place that has it, and what it must be. */
const PLACES: Readonly<
  Record<keyof ReferenceHints, readonly [field: Field<unknown>, ...paths: string[]]>
> = {
  algorithm: [anyText(), "algo.name", "algo"],
  vocabSize: [SIZE, "model.vocab_size", "vocab_size"],
  length: [SIZE, "model.length", "model_length", "length"],
  hiddenSize: [SIZE, "model.hidden_size", "hidden_size", "hidden_dim"],
  numBlocks: [SIZE, "model.n_blocks", "n_blocks"],
  numHeads: [SIZE, "model.n_heads", "n_heads"],
  condDim: [SIZE, "model.cond_dim", "cond_dim"],
  dropout: [number({ min: 0, below: 1 }), "model.dropout", "dropout"],
  doubleTemb: [boolean(), "algo.double_temb", "double_temb"],
  learnableLossWeighting: [
    boolean(),
    "algo.learnable_loss_weighting",
    "learnable_loss_weighting",
  ],
  logitCap: [nullable(number({ above: 0 })), "model.logit_cap", "logit_cap"],
  tokenizer: [anyText(), "data.tokenizer_name_or_path", "tokenizer_name_or_path"],
  dataset: [anyText(), "data.train"],
  wrap: [boolean(), "data.wrap"],
  emaDecay: [number({ min: 0, max: 1 }), "training.ema"],
  batchSize: [SIZE, "loader.global_batch_size"],
};

/** Keys whose null is a value. */
const NULLABLE: readonly string[] = ["logitCap"];

/**
 * Reads what a configuration says. Keys that are not known are left alone, and so are mappings
 * where a value is expected.
 *
 * @param where What holds the configuration, for messages.
 * @throws {CheckpointError} naming a key whose value cannot be.
 */
export function readHints(config: unknown, where: string): ReferenceHints {
  const hints: Record<string, unknown> = {};
  for (const [name, [field, ...paths]] of Object.entries(PLACES)) {
    for (const path of paths) {
      const value = at(config, path);
      if (value === undefined || isMapping(value)) continue;
      if (value === null && !NULLABLE.includes(name)) continue;
      const found = field.check(value);
      if (found === undefined) {
        throw new CheckpointError(
          `Cannot read ${where}: ${path}: expected ${field.expected}, found ` +
            `${describeValue(value)}.`,
        );
      }
      hints[name] = found;
      break;
    }
  }
  return hints;
}

/** The value at a path of keys; undefined if there is none. */
function at(value: unknown, path: string): unknown {
  for (const key of path.split(".")) {
    if (!isMapping(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
