/**
 * The generative perplexity of texts in a file.
 *
 * @module
 */

import { formatCount, formatNumber } from "../../lib/cli/format.ts";
import { shownPath } from "../../lib/cli/paths.ts";
import { tokenizerOf } from "../../lib/text/tokenizer.ts";
import { Checkpoint } from "../../lib/train/checkpoint.ts";
import { textTable } from "../report/text_table.ts";
import type { Anchor, JudgeSettings } from "./results.ts";
import { type GivenSamples, readSamplesFile } from "./samples_file.ts";
import { type JudgeToOpen, scoreFigures, scoreValidation, type Scoring } from "./score.ts";
import { describeJudge, type Figures, remarks, textsTable } from "./table.ts";
import { validationTexts } from "./validation.ts";

/** What {@linkcode measureFile} needs. */
export interface MeasureFileOptions extends Scoring {
  /** The file; see {@linkcode readSamplesFile}. */
  readonly file: string;
  /** The judge. */
  readonly judge: JudgeToOpen;
  /** The judge's run, for validation text of its own; null if it is of no run. */
  readonly judgeRun: string | null;
  /** Takes a line for the user. */
  readonly log: (line: string) => void;
}

/** What was found of a file's texts. */
export interface FileFigures extends Figures {
  /** How they were scored. */
  readonly settings: JudgeSettings;
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
export async function measureFile(options: MeasureFileOptions): Promise<FileFigures> {
  const { file, settings, judgeRun, log } = options;
  const { texts, recorded } = await readSamplesFile(file);
  using judge = await options.judge.open();
  const figures = await scoreFigures(judge, texts, options);
  let validation: Anchor | null = null;
  if (judgeRun !== null) {
    const { state } = await Checkpoint.open(judgeRun);
    const tokenizer = await tokenizerOf(state.config.data);
    const count = texts.length;
    const own = await validationTexts({ run: judgeRun, state, tokenizer, count, log });
    validation = own && await scoreValidation(judge, own, options);
  }
  return { settings, ...figures, validation, recorded };
}

/** The figures for people. */
export function describeFile(file: string, found: FileFigures): string {
  const { settings, validation, recorded, numTexts } = found;
  const shown = (value: number | null) => value === null ? "none" : formatNumber(value);
  return [
    `${describeJudge(settings)}. ${formatCount(numTexts)} texts.`,
    textTable(textsTable(shownPath(file), found, validation?.perplexity ?? null)),
    ...remarks(found),
    "Entropy and unique tokens are those of the judge's tokens.",
    ...(recorded === null ? [] : [
      `The file says: perplexity ${shown(recorded.perplexity)}, ` +
      `entropy ${shown(recorded.entropy)}.`,
    ]),
  ].join("\n");
}
