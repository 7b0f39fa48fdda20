/**
 * What is known of a model that no run of flm has made, in the words of a checkpoint.
 *
 * @module
 */

import type { TensorFile } from "../../safetensors/tensor_file.ts";
import { type Config, parseConfig } from "../../config/config.ts";
import { CheckpointError } from "../../errors.ts";
import type { CheckpointState } from "../state.ts";
import { RenamedFile } from "./renamed_file.ts";
import { dataOf } from "./data.ts";
import type { ReferenceHints } from "./hints.ts";
import { kindOf } from "./kinds.ts";
import type { ReferenceNames } from "./names.ts";
import { ditSizes, type SizeHints } from "./sizes.ts";
import { IDS, tokenizerName } from "./tokenizers.ts";

/** What a person says of a model that does not say it itself; what is left out it must. */
export interface ToldOfModel {
  /** Cap of its logits, or null for none. */
  readonly logitCap?: number | null;
  /** Tokens of a sequence. */
  readonly length?: number;
  /** Its tokenizer. */
  readonly tokenizer?: string;
  /** What it is: the kind of a method. */
  readonly kind?: string;
  /** The folder of token shards of its data. */
  readonly dataDir?: string;
}

/** The cap of the reference's later form. */
const LATER_CAP = 30;
/** The kinds that only its first form has, whose logits have no cap. */
const WITHOUT_CAP: readonly string[] = ["semigroup", "second_stage"];

/** A model of the reference, as it was found. */
export interface FoundModel {
  /** Where it is, for messages. */
  readonly location: string;
  /** Its weights; of a file with a teacher, those too. */
  readonly file: TensorFile;
  /** The names in it. */
  readonly names: ReferenceNames;
  /** Tensors of a teacher in a file of its own. */
  readonly teacher?: TensorFile | undefined;
  /** What its configuration says. */
  readonly hints: ReferenceHints;
  /** Steps that it was trained for; undefined if it does not say. */
  readonly step: number | undefined;
}

/** What is known of a model, and what was assumed. */
export interface DescribedModel {
  /** In the words of a checkpoint. The tokenizer has no fingerprint, since it was not made. */
  readonly state: CheckpointState;
  /** The tokenizer; null if it is none that is here. */
  readonly tokenizer: string | null;
  /** What it does not say, and what is taken for granted: sentences without their subject, it. */
  readonly assumed: readonly string[];
}

/**
 * Puts a model into words.
 *
 * @throws {CheckpointError} if its tensors are of no model that is known here, or it does not say
 * enough.
 * @throws {ConfigError} if it has sizes that no configuration may have.
 */
export function describeModel(found: FoundModel, told: ToldOfModel): DescribedModel {
  const { location, file, names, hints, step = 0 } = found;
  const assumed: string[] = [];
  const own = new RenamedFile(file, names.model);
  const doubleTemb = [...names.model.keys()].some((name) => name.startsWith("sigma_map_prime."));
  const { kind, isAssumed } = kindOf(
    location,
    { algorithm: hints.algorithm, doubleTemb },
    told.kind,
  );
  if (isAssumed) {
    assumed.push(
      `does not say which algorithm it is of: it is taken for a denoiser flow map (--kind ${kind}).`,
    );
  }
  const cap = told.logitCap !== undefined ? told.logitCap : hints.logitCap;
  const logitCap = cap === undefined ? WITHOUT_CAP.includes(kind) ? null : LATER_CAP : cap;
  if (cap === undefined) {
    const [taken, other] = logitCap === null
      ? ["no cap", `--logit-cap ${LATER_CAP}`]
      : [`the cap of ${logitCap} of the reference since April 2026`, "--logit-cap none"];
    assumed.push(
      `does not say whether its logits are capped: ${taken} is assumed (${other} ` +
        `says otherwise).`,
    );
  }
  const sizes: SizeHints = { ...hints, logitCap, numFrequencies: frequenciesOf(file, names) };
  const model = ditSizes(own, sizes, told.length);
  const teacher = kind === "semigroup" ? teacherSizes(found, sizes, model.length) : undefined;
  const tokenizer = tokenizerName(model.vocabSize, hints.tokenizer, told.tokenizer);
  const name = nameOf(location);
  const config = configOf({
    ...{ location, name, kind, hints, step, told, model },
    tokenizer: tokenizer ?? IDS,
  });
  const state: CheckpointState = {
    format: "flm-checkpoint",
    version: 1,
    kind,
    step,
    model,
    ...(teacher && { teacher }),
    tokenizer: { name: tokenizer ?? IDS, fingerprint: "" },
    dataHash: "",
    config,
    adapter: "unknown",
    imported: { source: location, weights: "ema", assumed },
  };
  return { state, tokenizer, assumed };
}

/** Numbers of the buffer of rotary frequencies. */
function frequenciesOf(file: TensorFile, { frequencies }: ReferenceNames): number | undefined {
  return frequencies === undefined ? undefined : file.info(frequencies).numElements;
}

/** The sizes of a teacher. @throws {CheckpointError} if there is none, or it does not fit. */
function teacherSizes(
  { location, file, names, teacher }: FoundModel,
  hints: SizeHints,
  length: number,
) {
  const tensors = teacher ?? new RenamedFile(file, names.teacher);
  if (tensors.tensors.size === 0) {
    throw new CheckpointError(
      `Cannot read ${location}: it is a flow map of the first stage, which writes text with its ` +
        `teacher alone, and has none (teacher_model.…).`,
    );
  }
  const { numHeads, numFrequencies, dropout, logitCap } = hints;
  const own: SizeHints = {
    ...(numHeads !== undefined && { numHeads }),
    ...(dropout !== undefined && { dropout }),
    numFrequencies,
    logitCap,
    length,
  };
  return ditSizes(tensors, own);
}

/** The configuration with which such a model might have been trained. */
function configOf({ location, name, kind, hints, step, told, model, tokenizer }: {
  location: string;
  name: string;
  kind: string;
  hints: ReferenceHints;
  step: number;
  told: ToldOfModel;
  model: CheckpointState["model"];
  tokenizer: string;
}): Config {
  const { hiddenSize, numBlocks, numHeads, condDim, dropout, logitCap } = model;
  const { dataset, wrap, emaDecay, batchSize = 1 } = hints;
  return parseConfig({
    name,
    data: dataOf({
      name,
      tokenizer,
      length: model.length,
      ...(dataset !== undefined && { dataset }),
      ...(wrap !== undefined && { wrap }),
      dir: told.dataDir,
    }),
    model: {
      hiddenSize,
      numBlocks,
      numHeads,
      condDim,
      dropout,
      logitCap,
      learnableLossWeighting: model.learnableLossWeighting,
    },
    train: { numSteps: Math.max(1, step), batchSize },
    ...(emaDecay !== undefined && { optim: { emaDecay } }),
    ...(["psd", "semigroup"].includes(kind) && { distill: { method: kind } }),
  }, { file: location });
}

/** What is left of a source as the name of a run: `hf:OWNER/FLM-B-LM1B@main` is `FLM-B-LM1B`. */
export function nameOf(location: string): string {
  const path = location.replace(/[?#].*$/, "").replace(/\/+$/, "");
  const last = path.replace(/@[^/]*$/, "").replace(/^.*[/:\\]/, "").replace(/\.\w+$/, "");
  const name = last.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "").slice(0, 100);
  return name === "" ? "model" : name;
}
