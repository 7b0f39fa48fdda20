/**
 * How texts are written: the options of {@linkcode FlowLanguageModel}, and what it gives.
 *
 * @module
 */

import type { Precision } from "../checkpoint/precision.ts";
import type { Weights } from "../checkpoint/trained_model.ts";
import { MAX_STEPS } from "../config/limits.ts";
import { FlmError } from "../errors.ts";
import type { BackendName } from "../gpu/backend.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { describeValue, integer, number } from "../schema/field.ts";
import { requireKnownOptions } from "../schema/known_options.ts";
import type { Communicator } from "../system/communicator.ts";
import type { GivenText } from "../text/given_tokens.ts";

/**
 * Options of {@linkcode FlowLanguageModel.load}.
 *
 * @example Load the weights of the last step onto a device of one's own
 * ```ts
 * import { FlowLanguageModel, Gpu, type LoadOptions } from "@flm/flm";
 *
 * using gpu = await Gpu.open();
 * const options: LoadOptions = { gpu, weights: "model" };
 * using model = await FlowLanguageModel.load("runs/demo", options);
 * console.log(model.gpu.adapterName);
 * ```
 */
export interface LoadOptions {
  /** The device to use; one is opened, and closed with the model, unless given. */
  gpu?: Gpu;
  /** The way to the device that is opened; see `GpuOptions`. */
  backend?: BackendName | null;
  /**
   * Which weights: the running average (as published models use), that of a decay where there are
   * several (`ema:0.999`), or the last step's.
   */
  weights?: Weights;
  /**
   * What matrices are stored in on the device: `f32`, `f16` (half the memory; what the file has in
   * more bits is rounded), or `auto`, f16 where that changes no number. `auto` unless told.
   */
  precision?: Precision;
  /**
   * The cap of the logits, or null for none, of a model that does not say it; see docs/models.md,
   * also for what follows. What a run says itself may not be told.
   */
  logitCap?: number | null;
  /** Tokens of a sequence, of a model that does not say it. */
  length?: number;
  /** The tokenizer of a model that does not say it. */
  tokenizer?: string;
  /** The kind of a model that does not say it, such as `psd`. */
  kind?: string;
  /** Takes a sentence for everything that a model does not say and that was assumed. */
  onNote?: (note: string) => void;
}

/**
 * Options of {@linkcode FlowLanguageModel.samplingSteps}.
 *
 * A prompt, a template or fixed tokens are an extension: the reference has nothing of the kind.
 * They are held as lib/flow/held_tokens.ts tells, and all noise is renewed in every step. The
 * more steps there are, the better the rest follows.
 *
 * @example Watch texts go on from a prompt
 * ```ts
 * import { FlowLanguageModel, type SamplingOptions } from "@flm/flm";
 *
 * const options: SamplingOptions = { prompt: "the ", numSamples: 2, numSteps: 4, seed: 1 };
 * using model = await FlowLanguageModel.load("runs/demo");
 * for await (const { step, tokens } of model.samplingSteps(options)) {
 *   console.log(step, model.tokenizer.decodeBatch(tokens));
 * }
 * ```
 */
export interface SamplingOptions extends GivenText {
  /** Texts to write; 1 unless told. */
  numSamples?: number;
  /** Network evaluations for each text (of each network, if there are two); 64 unless told. */
  numSteps?: number;
  /** Seed of the noise. Sample i is the same whatever `numSamples` and `batchSize` are. */
  seed?: number;
  /**
   * For denoiser flow maps (`psd`) only: the share η of the noise, from 0 to 1, that each step
   * replaces by new noise. 0 is deterministic; the reference's published figures have 0.8 (LM1B)
   * and 1 (OpenWebText). 0 unless told, or 1 if tokens are given.
   */
  renewal?: number;
  /**
   * Divides the network's logits, above 0; 1 unless told. Below 1 what is likely gets likelier:
   * texts have fewer faults and are less varied. Of a flow map with a teacher it is the teacher's.
   */
  temperature?: number;
  /**
   * In (0, 1]: every prediction is cut to the most likely tokens whose probabilities sum to at
   * least this, and these are divided by their sum. 1 unless told, which cuts nothing.
   */
  topP?: number;
  /** Texts written at the same time; 16 unless told. */
  batchSize?: number;
  /** Called with the steps done and to do, over all batches; at first with none done. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the sampling; it then throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Options of {@linkcode FlowLanguageModel.sample}.
 *
 * @example Print texts as soon as they are written
 * ```ts
 * import { FlowLanguageModel, type SampleOptions } from "@flm/flm";
 *
 * const options: SampleOptions = {
 *   numSamples: 4,
 *   numSteps: 8,
 *   batchSize: 2,
 *   onSample: ({ text }, index) => console.log(index, text),
 * };
 * using model = await FlowLanguageModel.load("runs/demo");
 * await model.sample(options);
 * ```
 */
export interface SampleOptions extends SamplingOptions {
  /** Called with each text as soon as it is written, and its index. */
  onSample?: (sample: Sample, index: number) => void;
  /** Called after each step of each batch, to show how texts form. */
  onStep?: (step: SamplingStep) => void | Promise<void>;
  /**
   * The processes that write together, each a part of the texts; all of them get all texts, those
   * of one process. This one alone unless given. Each calls {@linkcode onStep} for its own part.
   */
  ranks?: Communicator | undefined;
  /** Called at the end with what it took. */
  onStats?: (stats: SamplingStats) => void;
}

/**
 * What it took to write texts.
 *
 * @example How fast a model writes
 * ```ts
 * import { FlowLanguageModel, type SamplingStats } from "@flm/flm";
 *
 * using model = await FlowLanguageModel.load("runs/demo");
 * const onStats = ({ numTokens, seconds }: SamplingStats) =>
 *   console.log(`${numTokens / seconds} tokens/s`);
 * await model.sample({ numSamples: 4, numSteps: 2, onStats });
 * ```
 */
export interface SamplingStats {
  /** Texts. */
  numTexts: number;
  /** Their tokens, those that were given among them. */
  numTokens: number;
  /** How often a network was asked, each time for a batch of texts. */
  numEvaluations: number;
  /** Seconds until the first batch of texts was there. */
  firstTextSeconds: number;
  /** Seconds until all texts were. */
  seconds: number;
}

/**
 * How far the texts of a batch are.
 *
 * @example How far the first text of a batch is
 * ```ts
 * import { FlowLanguageModel, type SamplingStep } from "@flm/flm";
 *
 * using model = await FlowLanguageModel.load("runs/demo");
 * const show = ({ step, numSteps, tokens: [first] }: SamplingStep) =>
 *   console.log(`${step} of ${numSteps}: ${model.tokenizer.decode(first!)}`);
 * await model.sample({ numSteps: 4, onStep: show });
 * ```
 */
export interface SamplingStep {
  /** Index of the batch's first text among all. */
  firstSample: number;
  /** Steps done. */
  step: number;
  /** Steps to do. */
  numSteps: number;
  /**
   * Token ids [L] of each text: what the model expects the text to be, the argmax of its present
   * prediction; after the last step the text itself.
   */
  tokens: Uint32Array[];
}

/**
 * One text that a model wrote.
 *
 * @example Count the words of texts
 * ```ts
 * import { FlowLanguageModel, type Sample } from "@flm/flm";
 *
 * const numWords = ({ text }: Sample) => text.split(" ").length;
 * using model = await FlowLanguageModel.load("runs/demo");
 * console.log((await model.sample({ numSamples: 3, numSteps: 2 })).map(numWords));
 * ```
 */
export interface Sample {
  /** Token ids [L]. */
  tokens: Uint32Array;
  /** The decoded text. */
  text: string;
}

/** The numbers that sampling takes. */
const NUMBERS = {
  numSamples: integer({ min: 1 }),
  numSteps: integer({ min: 1, max: MAX_STEPS }),
  seed: integer({ min: 0 }),
  batchSize: integer({ min: 1 }),
  renewal: number({ min: 0, max: 1 }),
  temperature: number({ above: 0 }),
  topP: number({ above: 0, max: 1 }),
};

/** The name of one of them. */
export type SamplingNumber = keyof typeof NUMBERS;

/**
 * Checks a number that sampling takes.
 *
 * @throws {FlmError} if it is not what it should be.
 */
export function requireNumber(name: SamplingNumber, value: unknown): void {
  const { check, expected } = NUMBERS[name];
  if (check(value) !== undefined) return;
  throw new FlmError(`${name} must be ${expected}, found ${describeValue(value)}.`);
}

/** The names of all options. */
const NAMES: Readonly<Record<keyof SampleOptions, true>> = {
  prompt: true,
  template: true,
  fixed: true,
  numSamples: true,
  numSteps: true,
  seed: true,
  renewal: true,
  temperature: true,
  topP: true,
  batchSize: true,
  onProgress: true,
  signal: true,
  onSample: true,
  onStep: true,
  ranks: true,
  onStats: true,
};

/** Checks that there are no options but those. @throws {FlmError} with the nearest one. */
export function requireSampleOptions(options: SampleOptions): void {
  requireKnownOptions(options, NAMES, "sampling", FlmError);
}
