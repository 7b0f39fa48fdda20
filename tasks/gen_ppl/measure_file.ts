/**
 * The generative perplexity of texts in a file.
 *
 * @module
 */

import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { formatNumber, formatUnits } from "../../lib/cli/format.ts";
import { shownPath } from "../../lib/cli/paths.ts";
import { deviceFacts } from "../../lib/gpu/device_facts.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { fromRankZero, ONE_PROCESS, rankZeroFirst } from "../../lib/system/communicator.ts";
import { textTable } from "../figures/text_table.ts";
import type { JudgeToOpen } from "./judge.ts";
import { describeLimit, nameJudge } from "./judge_words.ts";
import type { Anchor, JudgeName } from "./results.ts";
import { type GivenSamples, readSamplesFile } from "./samples_file.ts";
import { scoreFigures, scoreValidation, type Scoring } from "./score.ts";
import { type Figures, remarks, textsTable } from "./table.ts";
import { validationTexts } from "./validation.ts";

/** What {@linkcode measureFile} needs. */
export interface MeasureFileOptions extends Scoring {
  /** The file; see {@linkcode readSamplesFile}. */
  readonly file: string;
  /** The judge. */
  readonly judge: JudgeToOpen;
  /** Takes a line for the user. */
  readonly log: (line: string) => void;
}

/** What was found of a file's texts. */
export interface FileFigures extends Figures, JudgeName {
  /** Tokens of a text that were scored at most; null for all. */
  readonly maxTokens: number | null;
  /** What the judge says of as many texts of its own data; null if there are none. */
  readonly validation: Anchor | null;
  /** What the file says of them itself. */
  readonly recorded: GivenSamples["recorded"];
}

/**
 * Scores the texts of a file. Entropy and different tokens are those of the judge's tokens.
 *
 * @throws {DataError} if the file is missing or of another form.
 * @throws {CheckpointError} if there is no such judge.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function measureFile(gpu: Gpu, options: MeasureFileOptions): Promise<FileFigures> {
  const { file, judge: { judge: name, revision, run, open }, maxTokens, log } = options;
  const { batchTokens, ranks = ONE_PROCESS } = options;
  const { texts, recorded } = await fromRankZero(ranks, () => readSamplesFile(file));
  const scores = { judge: name, revision, maxTokens, batchTokens };
  await ranks.compare({ scores, device: deviceFacts(gpu) });
  // What the first downloads, the others find.
  using judge = await rankZeroFirst(ranks, () => open(gpu));
  const figures = await scoreFigures(judge, texts, options);
  let validation: Anchor | null = null;
  if (run !== null) {
    const { state } = await Checkpoint.open(run);
    const { tokenizer } = judge;
    const wish = { run, state, tokenizer, count: texts.length, log };
    const own = await fromRankZero(ranks, () => validationTexts(wish));
    validation = own && await scoreValidation(judge, own, options);
  }
  return { judge: name, revision, maxTokens, ...figures, validation, recorded };
}

/** The figures for people. */
export function describeFile(file: string, found: FileFigures): string {
  const { maxTokens, validation, recorded, numTexts } = found;
  const shown = (value: number | null) => value === null ? "none" : formatNumber(value);
  return [
    `Judge ${nameJudge(found)}. ${formatUnits(numTexts, "text")}, ${describeLimit(maxTokens)}.`,
    textTable(textsTable(shownPath(file), found, validation?.perplexity ?? null)),
    ...remarks(found),
    "Entropy and unique tokens are those of the judge's tokens.",
    ...(recorded === null ? [] : [
      `The file says: perplexity ${shown(recorded.perplexity)}, ` +
      `entropy ${shown(recorded.entropy)}.`,
    ]),
  ].join("\n");
}
