/**
 * A trained model, ready to write text.
 *
 * @module
 */

import { openModel } from "../checkpoint/models/open_model.ts";
import type { CheckpointState } from "../checkpoint/state.ts";
import type { ModelWeights, TrainedModel } from "../checkpoint/trained_model.ts";
import { FlmError } from "../errors.ts";
import { FREE_TOKEN } from "../flow/held_tokens.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import { Gpu } from "../gpu/gpu.ts";
import { Pacer } from "../gpu/pacer.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Method } from "../methods/base/method.ts";
import type { TextDraw, TextSampler, Writer } from "../methods/base/writer.ts";
import { methodOf } from "../methods/table.ts";
import type { Network } from "../model/network.ts";
import { NO_CLASS } from "../ops/argmax.ts";
import type { Sharpening } from "../ops/head.ts";
import { ONE_PROCESS } from "../system/communicator.ts";
import { shareOut } from "../system/share_out.ts";
import { readGivenTokens } from "../text/given_tokens.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import {
  type LoadOptions,
  requireNumber,
  requireSampleOptions,
  type Sample,
  type SampleOptions,
  type SamplingNumber,
  type SamplingOptions,
  type SamplingStep,
} from "./options.ts";
import {
  requirePrecision,
  requireWeights,
  requireWriter,
  takesNoRenewal,
  takesNoSharpening,
} from "./requirements.ts";
import { SHOWCASE } from "./showcase.ts";

/** Seconds of work the host may be ahead of the device. */
const AHEAD_SECONDS = 0.2;

/**
 * A model loaded from a checkpoint.
 *
 * @example Write four texts in 8 steps each
 * ```ts
 * using model = await FlowLanguageModel.load("runs/demo");
 * for (const { text } of await model.sample({ numSamples: 4, numSteps: 8 })) console.log(text);
 * ```
 */
export class FlowLanguageModel implements Disposable {
  /** Where the model lives. */
  readonly gpu: Gpu;
  /** What the checkpoint says of itself. */
  readonly state: CheckpointState;
  /** How the model was made. */
  readonly method: Method;
  /** What turns token ids into text. */
  readonly tokenizer: Tokenizer;
  /** The network that was trained. */
  readonly network: Network;
  /** The frozen network without which it writes no text; most have none. */
  readonly teacher: Network | undefined;
  readonly #writer: Writer;
  readonly #owned: DisposableStack;
  #schedule: GammaSchedule | undefined;
  #sampler: TextSampler | undefined;

  private constructor({ method, writer, state, tokenizer, network, teacher, owned }: Parts) {
    this.gpu = network.gpu;
    this.method = method;
    this.state = state;
    this.tokenizer = tokenizer;
    this.network = network;
    this.teacher = teacher;
    this.#writer = writer;
    this.#owned = owned;
  }

  /**
   * Loads a model.
   *
   * @param location Folder of a run or of one of its checkpoints; a PyTorch Lightning checkpoint
   * (`.ckpt`) of the reference; a folder with `config.json` and `model.safetensors`: as a path or
   * `http(s):` URL. Or `hf:OWNER/NAME[@REVISION]`, for a model on the Hugging Face hub. The
   * {@linkcode SHOWCASE} unless told.
   * @throws {CheckpointError} if it is missing, damaged, of another tokenizer or of a
   * model that does not write text.
   * @throws {ConfigError} if an option tells what the model says itself.
   * @throws {GpuError} if there is no adapter, or it has no f16 and that is asked for.
   */
  static async load(
    location: string = SHOWCASE,
    options: LoadOptions = {},
  ): Promise<FlowLanguageModel> {
    const { gpu, backend = null, weights = "ema", precision = "auto", ...how } = options;
    requireWeights(weights);
    requirePrecision(precision);
    const model = await openModel(location, how);
    return await FlowLanguageModel.of(model, { weights, precision, backend, ...(gpu && { gpu }) });
  }

  /**
   * Loads a model that was opened.
   *
   * @throws {CheckpointError} as {@linkcode load}.
   * @throws {GpuError} as {@linkcode load}.
   */
  static async of(
    model: TrainedModel,
    options: Pick<LoadOptions, "gpu" | "backend" | "weights" | "precision"> = {},
  ): Promise<FlowLanguageModel> {
    const { backend = null } = options;
    const weights = requireWeights(options.weights ?? "ema");
    const precision = requirePrecision(options.precision ?? "auto");
    const { state } = model;
    const { method, writer } = requireWriter(model);
    const tokenizer = await model.tokenizer();
    using loaded = new DisposableStack();
    const gpu = options.gpu ?? loaded.use(await Gpu.open({ backend }));
    const load = async (networkClass: Method["networkClass"], which: ModelWeights) =>
      loaded.use(await model.network(gpu, networkClass, which, precision));
    const network = await load(method.networkClass, weights);
    const teacher = writer.needsTeacher
      ? await load(methodOf(method.learnsFrom["teacher"]!).networkClass, "teacher")
      : undefined;
    const owned = loaded.move();
    return new FlowLanguageModel({ method, writer, state, tokenizer, network, teacher, owned });
  }

  /** γ(t) for the vocabulary: the times at which a flow's network is asked. */
  get schedule(): GammaSchedule {
    return this.#schedule ??= new GammaSchedule(this.network.config.vocabSize);
  }

  /**
   * Writes texts, as the kind of the model asks for: an FLM step by step along the flow, a flow
   * map in leaps, in one if need be.
   *
   * @throws {FlmError} if the model was disposed of, an option is unknown or out of its range,
   * `renewal`, `temperature` or `topP` is given for a model that takes none, the given text does
   * not fit, or the network's output is not a number.
   */
  async sample(options: SampleOptions = {}): Promise<Sample[]> {
    requireSampleOptions(options);
    const samples: Sample[] = [];
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 1000;
    let firstTextSeconds = 0;
    let numEvaluations = 0;
    const { ranks, onStep, onSample } = options;
    const sampling = await this.#begin(options, onStep !== undefined);
    const write = async (batch: Batch): Promise<Uint32Array[]> => {
      let written: Uint32Array[] = [];
      for await (const state of this.#steps(sampling, batch)) {
        await onStep?.(state);
        written = state.tokens;
      }
      return written;
    };
    for await (const [, written] of shareOut(sampling.batches, write, { ranks })) {
      if (samples.length === 0) firstTextSeconds = elapsed();
      numEvaluations += sampling.numSteps * (this.teacher === undefined ? 1 : 2);
      for (const tokens of written) {
        const sample = { tokens, text: this.tokenizer.decode(tokens) };
        const index = samples.push(sample) - 1;
        onSample?.(sample, index);
      }
    }
    options.onStats?.({
      numTexts: samples.length,
      numTokens: samples.length * this.network.config.length,
      numEvaluations,
      firstTextSeconds,
      seconds: elapsed(),
    });
    return samples;
  }

  /**
   * Writes texts and gives how far they are after every step, batch after batch.
   *
   * @example Watch a text form
   * ```ts
   * using model = await FlowLanguageModel.load("runs/demo");
   * for await (const { step, tokens } of model.samplingSteps({ numSteps: 8 })) {
   *   console.log(step, model.tokenizer.decode(tokens[0]!));
   * }
   * ```
   *
   * @throws {FlmError} as {@linkcode sample}.
   */
  samplingSteps(options: SamplingOptions = {}): AsyncGenerator<SamplingStep, void, void> {
    requireSampleOptions(options);
    return this.#allSteps(options);
  }

  async *#allSteps(options: SamplingOptions): AsyncGenerator<SamplingStep, void, void> {
    const sampling = await this.#begin(options, true);
    for (const batch of sampling.batches) yield* this.#steps(sampling, batch);
  }

  /** Checks the options, and makes what all batches need. */
  async #begin(options: SampleOptions, all: boolean): Promise<Sampling> {
    if (this.#owned.disposed) {
      throw new FlmError(
        "The model was disposed of, and writes no more. Write before the block of its `using` ends, " +
          "or load it again.",
      );
    }
    const { numSamples = 1, numSteps = 64, seed = 0, batchSize = 16, signal } = options;
    for (const [name, value] of Object.entries({ numSamples, numSteps, seed, batchSize })) {
      requireNumber(name as SamplingNumber, value);
    }
    const given = this.#givenTokens(options);
    const renewal = this.#renewal(options.renewal) ?? (given === undefined ? 0 : 1);
    const sharpening = this.#sharpening(options);
    const sampler = this.#sampler ??= this.#owned.use(await this.#writer.open(this));
    const { numRanks } = options.ranks ?? ONE_PROCESS;
    const batches = batchesOf(numSamples, Math.min(batchSize, Math.ceil(numSamples / numRanks)));
    // The first rank has a batch in every round.
    const total = Math.ceil(batches.length / numRanks) * numSteps;
    options.onProgress?.(0, total);
    let done = 0;
    return {
      ...{ sampler, batches, numSteps, given, signal },
      draw: { seed, numSteps, renewal, sharpening, guesses: all },
      pacer: new Pacer(AHEAD_SECONDS),
      stepDone: () => ++done,
      onProgress: () => options.onProgress?.(done, total),
    };
  }

  /** The steps of a batch: all of them, or only the last. */
  async *#steps(
    { sampler, draw, given, pacer, numSteps, signal, stepDone, onProgress }: Sampling,
    { firstSample, numSamples }: Batch,
  ): AsyncGenerator<SamplingStep, void, void> {
    using held = given && repeated(this.gpu, given, numSamples);
    for await (const state of sampler.draw({ ...draw, firstSample, numSamples, held })) {
      signal?.throwIfAborted();
      stepDone();
      const ids = state.tokens && await this.gpu.readU32(state.tokens);
      if (pacer.record() || ids !== undefined) {
        if (ids === undefined) await this.gpu.finish();
        pacer.waited();
        onProgress();
      }
      if (ids === undefined) continue;
      this.#requireTokens(ids, firstSample);
      yield { firstSample, step: state.stepsDone, numSteps, tokens: this.#split(ids) };
    }
  }

  /** Refuses tokens that follow from numbers that are none. @throws {FlmError} */
  #requireTokens(ids: Uint32Array, firstSample: number): void {
    const at = ids.indexOf(NO_CLASS);
    if (at === -1) return;
    const text = firstSample + Math.floor(at / this.network.config.length);
    throw new FlmError(
      `The output of the network for text ${text + 1} is not a number. The weights of this ` +
        `checkpoint (step ${this.state.step}) may be damaged, or their training had failed: use ` +
        `another one.`,
    );
  }

  /** The share of the noise that each step renews, if it is given. @throws {FlmError} */
  #renewal(renewal: number | undefined): number | undefined {
    if (renewal === undefined) return undefined;
    if (!this.#writer.takesRenewal) throw takesNoRenewal("renewal", this.method);
    requireNumber("renewal", renewal);
    return renewal;
  }

  /**
   * What is done to probabilities. @throws {FlmError} if it is out of range, or not for this model.
   */
  #sharpening({ temperature = 1, topP = 1 }: SamplingOptions): Required<Sharpening> {
    const sharpening = { temperature, topP };
    for (const [name, value] of Object.entries(sharpening)) {
      requireNumber(name as SamplingNumber, value);
      if (value === 1 || this.#writer.takesSharpening) continue;
      throw takesNoSharpening(name, this.method);
    }
    return sharpening;
  }

  /** The tokens that are given, [L] with {@linkcode FREE_TOKEN} elsewhere. */
  #givenTokens(options: SamplingOptions): Uint32Array | undefined {
    const { length } = this.network.config;
    const framed = this.state.config.data.packing !== "unwrapped";
    const given = readGivenTokens(options, { tokenizer: this.tokenizer, length, framed });
    if (given === undefined) return undefined;
    return Uint32Array.from({ length }, (_, position) => given[position] ?? FREE_TOKEN);
  }

  /** Token ids [B·L] by text. */
  #split(ids: Uint32Array): Uint32Array[] {
    const { length } = this.network.config;
    return Array.from(
      { length: ids.length / length },
      (_, i) => ids.slice(i * length, (i + 1) * length),
    );
  }

  /** Frees the model, and the device if the model opened it. */
  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
  }
}

/** Texts that are written at the same time. */
type Batch = Pick<TextDraw, "firstSample" | "numSamples">;

/** What the batches of a sampling have in common. */
interface Sampling {
  readonly sampler: TextSampler;
  readonly batches: readonly Batch[];
  readonly numSteps: number;
  /** How each is drawn. */
  readonly draw: Omit<TextDraw, keyof Batch | "held">;
  /** The tokens that are given, [L]. */
  readonly given: Uint32Array | undefined;
  readonly pacer: Pacer;
  readonly signal: AbortSignal | undefined;
  /** Counts a step. */
  readonly stepDone: () => void;
  /** Tells how many there were. */
  readonly onProgress: () => void;
}

/** Cuts texts into batches. */
function batchesOf(numSamples: number, batchSize: number): Batch[] {
  return Array.from({ length: Math.ceil(numSamples / batchSize) }, (_, i) => {
    const firstSample = i * batchSize;
    return { firstSample, numSamples: Math.min(batchSize, numSamples - firstSample) };
  });
}

/** What a model is made of. */
interface Parts
  extends Pick<FlowLanguageModel, "method" | "state" | "tokenizer" | "network" | "teacher"> {
  readonly writer: Writer;
  /** What is freed with the model. */
  readonly owned: DisposableStack;
}

/** A tensor of the same row for each of `count` texts. */
function repeated(gpu: Gpu, row: Uint32Array, count: number): Tensor {
  const rows = new Uint32Array(row.length * count);
  for (let i = 0; i < count; i++) rows.set(row, i * row.length);
  return gpu.tensor(rows);
}
