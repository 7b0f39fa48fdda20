/**
 * What the sample program gives: texts for people or for programs, on standard output or in a file.
 *
 * @module
 */

import type { Weights } from "../checkpoint/trained_model.ts";
import { FlmError } from "../errors.ts";
import { meanTokenEntropy, meanUniqueTokens } from "../eval/entropy.ts";
import { sampleText } from "../eval/judge_tokens.ts";
import type { FlowLanguageModel } from "../sampling/flow_language_model.ts";
import type { Sample } from "../sampling/options.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { builtin } from "../system/builtin.ts";
import { makeFolder } from "../system/system_error.ts";
import { requireWritable } from "../system/writable.ts";
import { sampleBlock } from "./sample_blocks.ts";
import type { SampleTimes } from "./sample_times.ts";
import { print } from "./stdout.ts";

/** The forms in which texts are given: for people, a document, or a line of JSON each. */
export const FORMATS = ["text", "json", "jsonl"] as const;

/** One of {@linkcode FORMATS}. */
export type SampleFormat = (typeof FORMATS)[number];

/** How texts were written, as documents say it. */
export interface SampleWay {
  /** The run's folder or address, as it was given. */
  readonly run: string;
  /** The kind of its model. */
  readonly kind: string;
  /** The checkpoint's optimisation step. */
  readonly step: number;
  /** Which weights. */
  readonly weights: Weights;
  /** Network evaluations for each text. */
  readonly numSteps: number;
  /** The share of the noise that each step renewed; null if none was given. */
  readonly gamma: number | null;
  /** What divided the logits. */
  readonly temperature: number;
  /** To what sum of probabilities predictions were cut. */
  readonly topP: number;
  /** How many texts. */
  readonly numSamples: number;
  /** Of the noise. */
  readonly seed: number;
  /** How every text begins; null if that was not given. */
  readonly prompt: string | null;
  /** The text that was filled; null if none was given. */
  readonly template: string | null;
}

/** How a {@linkcode SampleOutput} gives texts. */
export interface SampleOutputOptions {
  /** In which form. */
  readonly format: SampleFormat;
  /** The file; null for standard output. */
  readonly file: string | null;
  /** How they are written. */
  readonly way: SampleWay;
}

/** Takes texts one by one, and gives them. */
export class SampleOutput {
  readonly #model: FlowLanguageModel;
  readonly #options: SampleOutputOptions;
  readonly #samples: Sample[] = [];
  readonly #blocks: string[] = [];

  /** Gives nothing yet; the model stays the caller's. */
  constructor(model: FlowLanguageModel, options: SampleOutputOptions) {
    this.#model = model;
    this.#options = options;
  }

  /**
   * Takes a text, and prints it if it can stand alone.
   *
   * @param around Makes room while something is printed.
   */
  add(sample: Sample, index: number, around: (print: () => void) => void): void {
    const { format, file, way } = this.#options;
    if (format === "json") {
      this.#samples.push(sample);
      return;
    }
    const block = format === "text"
      ? sampleBlock(sample.text, index, way.numSamples)
      : lineOf(sample, index, way);
    if (file === null) around(() => print(block));
    else this.#blocks.push(block);
  }

  /**
   * Gives what could not stand alone.
   *
   * @param times What it took, for a document to say; undefined to say nothing.
   * @throws {FlmError} if the file cannot be written.
   */
  async finish(times?: SampleTimes): Promise<void> {
    const { format, file } = this.#options;
    if (format === "json") this.#blocks.push(JSON.stringify(this.#document(times)));
    if (file === null) {
      for (const block of this.#blocks) print(block);
      return;
    }
    await makeFolder(builtin("node:path").dirname(file));
    await writeFileAtomic(file, this.#blocks.map((block) => `${block}\n`).join(""));
  }

  /** All texts under the keys of the reference's `samples.json`, and some more. */
  #document(times: SampleTimes | undefined) {
    const { tokenizer, gpu } = this.#model;
    const tokens = this.#samples.map((sample) => sample.tokens);
    return {
      generative_ppl: null,
      entropy: meanTokenEntropy(tokens),
      uniqueTokens: meanUniqueTokens(tokens),
      settings: this.#options.way,
      versions: { deno: Deno.version.deno, adapter: gpu.adapterName },
      ...(times && { stats: times }),
      generated_seqs: tokens.map((ids) => sampleText(tokenizer, ids)),
      tokens: tokens.map((ids) => [...ids]),
    };
  }
}

/** A text, and the settings that it depends on: steps, seed, and what is not as it usually is. */
function lineOf(
  { text, tokens }: Sample,
  index: number,
  { numSteps, seed, gamma, temperature, topP }: SampleWay,
): string {
  return JSON.stringify({
    index,
    text,
    tokens: [...tokens],
    numSteps,
    seed,
    ...(gamma === null ? {} : { gamma }),
    ...(temperature === 1 ? {} : { temperature }),
    ...(topP === 1 ? {} : { topP }),
  });
}

/**
 * Finds out whether the file of `--out` can be written, before the work that makes it. Leaves
 * nothing behind.
 *
 * @throws {FlmError} saying what is in the way.
 */
export async function requireOutput(file: string): Promise<void> {
  try {
    if (/[/\\]$/.test(file)) throw new FlmError(`expected a file, found the folder ${file}`);
    await requireWritable(file);
  } catch (error) {
    if (!(error instanceof FlmError)) throw error;
    throw new FlmError(`--out: ${error.message}`, { cause: error });
  }
}
