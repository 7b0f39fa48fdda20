/**
 * What a run's folder holds of generative perplexity: `gen-ppl/JUDGE/results.json`.
 *
 * @module
 */

import { WEIGHTS, type Weights } from "../../lib/checkpoint/trained_model.ts";
import { modelKind } from "../../lib/config/model_kind.ts";
import type { GenerativePerplexity } from "../../lib/eval/generative_perplexity.ts";
import type { Kept } from "../../lib/eval/kept.ts";
import { SHARPENED_FIELDS, type SharpenedWay } from "../../lib/eval/sharpened_way.ts";
import { type JsonFormat, readFormat } from "../../lib/io/json_file.ts";
import { type Field, integer, nullable, number, sha256, text } from "../../lib/schema/field.ts";
import type { Section } from "../../lib/schema/tree.ts";

/** Of tokens that a model wrote, or of a judge's tokens where there are no others. */
export interface TokenStatistics {
  /** Mean over the texts of the entropy of their tokens' histogram, in nats; null of no tokens. */
  readonly entropy: number | null;
  /** Mean number of different tokens in a text; null of no tokens. */
  readonly uniqueTokens: number | null;
}

/** How samples are drawn from a model. */
export interface SampleWay extends SharpenedWay {
  /** Which weights. */
  readonly weights: Weights;
  /** Sampler steps. */
  readonly numSteps: number;
  /** The share of noise that each step renewed; null for models that take no such share. */
  readonly gamma: number | null;
  /** How many. */
  readonly numSamples: number;
  /** Of the noise. */
  readonly seed: number;
}

/** Who judges. */
export interface JudgeName {
  /** The judge's name on the hub, or its folder. */
  readonly judge: string;
  /** Branch, tag or commit on the hub; null for its newest. */
  readonly revision: string | null;
}

/** What a score depends on besides the texts. */
export interface JudgeSettings extends JudgeName {
  /** SHA-256 (hex) of all that the judge's scores depend on. */
  readonly judgeHash: string;
  /** Tokens of a text that are scored at most; null for all. */
  readonly maxTokens: number | null;
}

/** The programs and the adapter that made something. */
export interface Versions {
  /** Of Deno. */
  readonly deno: string;
  /** The adapter. */
  readonly adapter: string;
}

/** How samples are drawn and scored: what a row is known by. */
export interface ResultWay extends SampleWay {
  /** Tokens of a text that are scored at most; null for all. */
  readonly maxTokens: number | null;
}

/** Samples that were drawn and scored in one way, and what is known of them. */
export interface GenPplResult extends ResultWay, TokenStatistics, GenerativePerplexity {
  /** The file of the samples, in the same folder. */
  readonly samples: string;
  /** The {@linkcode Anchor.texts} that they are compared with; null if there are none. */
  readonly validation: string | null;
}

/** What is known of validation text: what a perfect model would reach. */
export interface Anchor extends TokenStatistics, GenerativePerplexity {
  /** SHA-256 (hex) of the texts. */
  readonly texts: string;
  /** Tokens of a text that were scored at most; null for all. */
  readonly maxTokens: number | null;
}

/** What `results.json` holds: all that a judge said of one checkpoint. */
export interface GenPplResults extends JudgeName {
  /** SHA-256 (hex) of all that the judge's scores depend on. */
  readonly judgeHash: string;
  /** The kind of the model. */
  readonly model: string;
  /** SHA-256 (hex) of all that the samples depend on besides how they are drawn. */
  readonly checkpoint: string;
  /** The checkpoint's optimisation step. */
  readonly step: number;
  /** By the texts that were compared with. */
  readonly validation: readonly Anchor[];
  /** By number of steps. */
  readonly results: readonly GenPplResult[];
  /** Where it was measured last. */
  readonly versions: Versions;
}

const COUNT = integer({ min: 0 });
const POSITIVE = integer({ min: 1 });
const FIGURE = number({ min: 0 });
/** A perplexity in a file; null if no token counts. */
export const PERPLEXITY: Field<number | null> = nullable(number({ above: 0 }));
const LIMIT = nullable(POSITIVE);
const HASH = sha256();

/** The fields of {@linkcode TokenStatistics} in a file. */
export const STATISTICS_FIELDS: Section<TokenStatistics>["keys"] = {
  entropy: nullable(FIGURE),
  uniqueTokens: nullable(FIGURE),
};

/** The fields of {@linkcode GenerativePerplexity} in a file. */
export const PERPLEXITY_FIELDS: Section<GenerativePerplexity>["keys"] = {
  perplexity: PERPLEXITY,
  // What is all but certain may have a likelihood above 1 by rounding.
  bitsPerCharacter: nullable(number()),
  nll: number(),
  numScored: COUNT,
  numTexts: COUNT,
  numEmpty: COUNT,
  numUnscored: COUNT,
  numChunked: COUNT,
  numTruncated: COUNT,
  numAltered: COUNT,
};

/** The fields of {@linkcode SampleWay} in a file. */
export const WAY_FIELDS: Section<SampleWay>["keys"] = {
  weights: WEIGHTS,
  numSteps: POSITIVE,
  gamma: nullable(number({ min: 0, max: 1 })),
  ...SHARPENED_FIELDS,
  numSamples: POSITIVE,
  seed: COUNT,
};

/** The fields of {@linkcode JudgeSettings} in a file. */
export const JUDGE_FIELDS: Section<JudgeSettings>["keys"] = {
  judge: text(),
  revision: nullable(text()),
  judgeHash: HASH,
  maxTokens: LIMIT,
};

/** That of {@linkcode Versions} in a file. */
export const VERSIONS_SECTION: Section<Versions> = {
  doc: "What made it.",
  keys: { deno: text(), adapter: text() },
};

const { judge, revision, judgeHash } = JUDGE_FIELDS;

/** `results.json`. */
export const RESULTS_FORMAT: JsonFormat<GenPplResults> = {
  format: "flm-gen-ppl",
  // 1 did not say of which weights of model and judge it is.
  version: 2,
  section: {
    doc: "Generative perplexities.",
    keys: {
      judge,
      revision,
      judgeHash,
      model: modelKind(),
      checkpoint: HASH,
      step: COUNT,
      validation: {
        doc: "Of validation texts.",
        item: {
          keys: { texts: HASH, maxTokens: LIMIT, ...STATISTICS_FIELDS, ...PERPLEXITY_FIELDS },
        },
      },
      results: {
        doc: "Of samples.",
        item: {
          keys: {
            ...WAY_FIELDS,
            maxTokens: LIMIT,
            samples: text(),
            validation: nullable(HASH),
            ...STATISTICS_FIELDS,
            ...PERPLEXITY_FIELDS,
          },
        },
      },
      versions: VERSIONS_SECTION,
    },
  },
  madeBy: "gen-ppl",
};

/** The file in a judge's folder. */
export const RESULTS_FILE = "results.json";

/** What results must have been made of to be those of what there is now. */
export interface GenPplKey {
  /** The identity of the run's checkpoint. */
  readonly checkpoint: string;
  /** That of the judge; null if only its name is known. */
  readonly judgeHash: string | null;
}

/**
 * The results in a judge's folder, if they are those of the weights that run and judge have now.
 *
 * @returns null if there are none.
 * @throws {DataError} if the file is damaged or something else.
 */
export async function keptGenPpl(
  folder: string,
  judge: JudgeName,
  key: GenPplKey,
): Promise<Kept<GenPplResults> | null> {
  const found = await readFormat(`${folder}/${RESULTS_FILE}`, RESULTS_FORMAT);
  if (found === undefined) return null;
  if (found === null) {
    return { lack: "is of an older flm, which did not note of which weights" };
  }
  if (found.checkpoint !== key.checkpoint) {
    return { lack: `is of other weights (of step ${found.step}) than the run has now` };
  }
  const sameJudge = key.judgeHash === null
    ? found.revision === judge.revision
    : found.judgeHash === key.judgeHash;
  return sameJudge ? { value: found } : { lack: `is of another model under the judge's name` };
}

/**
 * What a judge said of validation texts, whatever run it judged; nothing if it is another judge.
 *
 * @throws {DataError} if the file is damaged or something else.
 */
export async function keptAnchors(
  folder: string,
  judgeHash: string | null,
): Promise<readonly Anchor[]> {
  const found = await readFormat(`${folder}/${RESULTS_FILE}`, RESULTS_FORMAT);
  return found && found.judgeHash === judgeHash ? found.validation : [];
}
