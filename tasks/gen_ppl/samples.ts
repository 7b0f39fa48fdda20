/**
 * The files of samples beside a judge's results.
 *
 * @module
 */

import { weightsInName } from "../../lib/checkpoint/trained_model.ts";
import { formatUnits } from "../../lib/cli/format.ts";
import type { GenerativePerplexity } from "../../lib/eval/generative_perplexity.ts";
import type { Kept } from "../../lib/eval/kept.ts";
import { describeSharpening } from "../../lib/eval/sharpened_way.ts";
import { type JsonFormat, readFormat } from "../../lib/io/json_file.ts";
import { anyText, sha256 } from "../../lib/schema/field.ts";
import { sha256Hex } from "../../lib/system/sha256.ts";
import {
  JUDGE_FIELDS,
  type JudgeSettings,
  PERPLEXITY,
  PERPLEXITY_FIELDS,
  type SampleWay,
  STATISTICS_FIELDS,
  type TokenStatistics,
  type Versions,
  VERSIONS_SECTION,
  WAY_FIELDS,
} from "./results.ts";

/** What samples depend on. */
export interface SamplesSettings extends SampleWay {
  /** SHA-256 (hex) of all that they depend on besides how they are drawn. */
  readonly checkpoint: string;
}

/** What a judge said of samples, and of which. */
export interface SamplesScore extends JudgeSettings, GenerativePerplexity {
  /** {@linkcode hashOfTexts} of the samples. */
  readonly texts: string;
}

/** A file of samples, under the reference's keys and some more. */
export interface SamplesFile extends TokenStatistics {
  /** The perplexity of all samples together; null as long as they are not scored. */
  readonly generative_ppl: number | null;
  /** What they depend on. */
  readonly settings: SamplesSettings;
  /** Where they were drawn. */
  readonly versions: Versions;
  /** What the judge says; left out as long as it was not asked. */
  readonly score?: SamplesScore;
  /** The samples. */
  readonly generated_seqs: readonly string[];
}

const HASH = sha256();

/** A file of samples. */
export const SAMPLES_FORMAT: JsonFormat<SamplesFile> = {
  format: "flm-samples",
  // 1 did not say of which weights they are.
  version: 2,
  section: {
    doc: "Samples.",
    keys: {
      generative_ppl: PERPLEXITY,
      ...STATISTICS_FIELDS,
      settings: { keys: { ...WAY_FIELDS, checkpoint: HASH } },
      versions: VERSIONS_SECTION,
      score: {
        optional: { keys: { ...JUDGE_FIELDS, ...PERPLEXITY_FIELDS, texts: HASH } },
      },
      generated_seqs: { doc: "The samples.", item: anyText() },
    },
  },
  madeBy: "gen-ppl",
};

/** SHA-256 (hex) of texts. */
export function hashOfTexts(texts: readonly string[]): Promise<string> {
  return sha256Hex(JSON.stringify(texts));
}

/** The file of samples, such as `samples-8-n64-seed0.json`. */
export function samplesName(way: SampleWay): string {
  const { numSteps, gamma, weights, numSamples, seed } = way;
  const parts = [
    `samples-${numSteps}`,
    ...(gamma === null ? [] : [`gamma-${gamma}`]),
    ...describeSharpening(way).map((words) => words.replace(" ", "-")),
    ...(weights === "ema" ? [] : [weightsInName(weights)]),
    `n${numSamples}`,
    `seed${seed}`,
  ];
  return `${parts.join("-")}.json`;
}

/**
 * The samples of a file, if they were drawn with these settings and are as they were drawn.
 *
 * @returns null if there is no such file.
 * @throws {DataError} if the file is damaged or something else.
 */
export async function keptSamples(
  path: string,
  settings: SamplesSettings,
): Promise<Kept<SamplesFile> | null> {
  const found = await readFormat(path, SAMPLES_FORMAT);
  if (found === undefined) return null;
  if (found === null) {
    return { lack: "is of an older flm, which did not note with which weights it was drawn" };
  }
  if (!sameValues(found.settings, settings)) return { lack: "was drawn with other weights" };
  const { generated_seqs, score } = found;
  if (generated_seqs.length !== settings.numSamples) {
    return {
      lack: `has ${formatUnits(generated_seqs.length, "sample")}, expected ${settings.numSamples}`,
    };
  }
  const isAltered = score !== undefined && score.texts !== await hashOfTexts(generated_seqs);
  return isAltered ? { lack: "was altered after its samples were scored" } : { value: found };
}

/** What a judge said before of the samples of a file; null if it was not asked. */
export function keptScore(
  { score }: SamplesFile,
  settings: JudgeSettings,
): GenerativePerplexity | null {
  if (score === undefined) return null;
  const { judge: _judge, revision: _revision, judgeHash, maxTokens, texts: _, ...figures } = score;
  const same = judgeHash === settings.judgeHash && maxTokens === settings.maxTokens;
  return same ? figures : null;
}

/** Whether two objects have the same keys with the same plain values. */
function sameValues(a: object, b: object): boolean {
  const text = (value: object) => JSON.stringify(Object.entries(value).sort());
  return text(a) === text(b);
}
