/**
 * A trained model, ready to write text.
 *
 * @module
 */

import { MAX_STEPS } from "../config/limits.ts";
import { CheckpointError, FlmError } from "../errors.ts";
import { FREE_TOKEN } from "../flow/held_tokens.ts";
import type { LatentForm } from "../flow/latent.ts";
import { createLatentForm } from "../flow/latent_form.ts";
import type { FlowNetworks } from "../flow/networks.ts";
import { runSampler } from "../flow/sampler.ts";
import {
  flmSteps,
  flowMapSteps,
  psdSteps,
  type SamplerStep,
  secondStageSteps,
} from "../flow/sampler_steps.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import { Gpu } from "../gpu/gpu.ts";
import { Pacer } from "../gpu/pacer.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { Dit } from "../model/dit.ts";
import { describeValue, integer, number } from "../schema/field.ts";
import { type GivenText, readGivenTokens } from "../text/given_tokens.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { NO_CLASS } from "../ops/argmax.ts";
import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { isWriter, type WriterState } from "../checkpoint/state.ts";

/** Seconds of work the host may be ahead of the device. */
const AHEAD_SECONDS = 0.2;

/** Options of {@linkcode FlowLanguageModel.load}. */
export interface LoadOptions {
  /** The device to use; one is opened, and closed with the model, unless given. */
  gpu?: Gpu;
  /** Which weights: the running average (as published models use), or the last step's. */
  weights?: "ema" | "model";
}

/**
 * Options of {@linkcode FlowLanguageModel.samplingSteps}.
 *
 * A prompt, a template or fixed tokens are an extension: the reference has nothing of the kind.
 * They are held as lib/flow/held_tokens.ts tells, and all noise is renewed in every step. The
 * more steps there are, the better the rest follows.
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
  gamma?: number;
  /** Texts written at the same time; 16 unless told. */
  batchSize?: number;
  /** Called with the steps done and to do, over all batches; at first with none done. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the sampling; it then throws the signal's reason. */
  signal?: AbortSignal;
}

/** Options of {@linkcode FlowLanguageModel.sample}. */
export interface SampleOptions extends SamplingOptions {
  /** Called with each text as soon as it is written, and its index. */
  onSample?: (sample: Sample, index: number) => void;
  /** Called after each step of each batch, to show how texts form. */
  onStep?: (step: SamplingStep) => void | Promise<void>;
}

/** How far the texts of a batch are. */
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

/** One text that a model wrote. */
export interface Sample {
  /** Token ids [L]. */
  tokens: Uint32Array;
  /** The decoded text. */
  text: string;
}

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
  readonly state: WriterState;
  /** What turns token ids into text. */
  readonly tokenizer: Tokenizer;
  /** The network; of a `flow_map` the student, whose logits correct the teacher's steps. */
  readonly network: Dit;
  /** The teacher of a `flow_map`, which it needs to write text; others have none. */
  readonly teacher: Dit | undefined;
  /** The times at which the network is asked. */
  readonly schedule: GammaSchedule;
  readonly #ownsGpu: boolean;
  #form: LatentForm | undefined;

  private constructor(
    network: Dit,
    teacher: Dit | undefined,
    state: WriterState,
    tokenizer: Tokenizer,
    ownsGpu: boolean,
  ) {
    this.gpu = network.gpu;
    this.network = network;
    this.teacher = teacher;
    this.state = state;
    this.tokenizer = tokenizer;
    this.schedule = new GammaSchedule(network.config.vocabSize);
    this.#ownsGpu = ownsGpu;
  }

  /**
   * Loads a checkpoint.
   *
   * @param location Folder of a run or of one of its checkpoints, as a path or `http(s):` URL.
   * @throws {CheckpointError} if it is missing, damaged, of another tokenizer or of a
   * model that does not write text.
   * @throws {GpuError} if there is no adapter.
   */
  static async load(location: string, options: LoadOptions = {}): Promise<FlowLanguageModel> {
    const checkpoint = await Checkpoint.open(location);
    const { state } = checkpoint;
    if (!isWriter(state)) {
      throw new CheckpointError(
        `${checkpoint.location} holds an autoregressive baseline (kind "ar"), which judges text ` +
          `but does not write it. Give the run of a flow language model or of a flow map.`,
      );
    }
    const tokenizer = await checkpoint.tokenizer();
    const gpu = options.gpu ?? await Gpu.open();
    const ownsGpu = options.gpu === undefined;
    using loaded = new DisposableStack();
    if (ownsGpu) loaded.use(gpu);
    const load = async (group: "ema" | "model" | "teacher") =>
      loaded.use(await checkpoint.network(gpu, Dit, group));
    const network = await load(options.weights ?? "ema");
    const teacher = state.kind === "flow_map" ? await load("teacher") : undefined;
    loaded.move();
    return new FlowLanguageModel(network, teacher, state, tokenizer, ownsGpu);
  }

  /**
   * Writes texts, as the kind of the model asks for: an FLM step by step along the flow, a flow
   * map in leaps, in one if need be.
   *
   * @throws {FlmError} if a number is out of its range, `gamma` is given for a model that is no
   * denoiser flow map, the given text does not fit, or the network's output is not a number.
   */
  async sample(options: SampleOptions = {}): Promise<Sample[]> {
    const samples: Sample[] = [];
    for await (const state of this.#steps(options, options.onStep !== undefined)) {
      await options.onStep?.(state);
      if (state.step < state.numSteps) continue;
      for (const tokens of state.tokens) {
        const sample = { tokens, text: this.tokenizer.decode(tokens) };
        const index = samples.push(sample) - 1;
        options.onSample?.(sample, index);
      }
    }
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
    return this.#steps(options, true);
  }

  /** The batches' steps: all of them, or only the last of each batch. */
  async *#steps(options: SamplingOptions, all: boolean): AsyncGenerator<SamplingStep, void, void> {
    const { numSamples = 1, numSteps = 64, seed = 0, batchSize = 16, signal } = options;
    for (const [name, value] of Object.entries({ numSamples, numSteps, seed, batchSize })) {
      requireNumber(name as keyof typeof NUMBERS, value);
    }
    const given = this.#givenTokens(options);
    const steps = this.#plan(numSteps, options.gamma, given === undefined ? 0 : 1);
    const networks = this.#networks;
    this.#form ??= await createLatentForm(networks);

    const total = Math.ceil(numSamples / batchSize) * numSteps;
    const pacer = new Pacer(AHEAD_SECONDS);
    let done = 0;
    options.onProgress?.(0, total);
    for (let firstSample = 0; firstSample < numSamples; firstSample += batchSize) {
      const count = Math.min(batchSize, numSamples - firstSample);
      using held = given && repeated(this.gpu, given, count);
      using latent = this.#form.draw({ seed, firstSample, numSamples: count }, held);
      for (const state of runSampler(networks, latent, steps, { guesses: all })) {
        signal?.throwIfAborted();
        done++;
        const ids = state.tokens && await this.gpu.readU32(state.tokens);
        if (pacer.record() || ids !== undefined) {
          if (ids === undefined) await this.gpu.finish();
          pacer.waited();
          options.onProgress?.(done, total);
        }
        if (ids === undefined) continue;
        this.#requireTokens(ids, firstSample);
        yield { firstSample, step: state.stepsDone, numSteps, tokens: this.#split(ids) };
      }
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

  /** The steps of the sampler that belongs to the model; `renewal` is η unless `gamma` is given. */
  #plan(numSteps: number, gamma: number | undefined, renewal: number): SamplerStep[] {
    const { kind } = this.state;
    if (gamma !== undefined && kind !== "psd") {
      throw new FlmError(
        `gamma is for denoiser flow maps, checkpoints of kind "psd"; this one is of kind "${kind}".`,
      );
    }
    if (gamma !== undefined) requireNumber("gamma", gamma);
    return PLANS[kind](this.schedule, numSteps, gamma ?? renewal);
  }

  /** The tokens that are given, [L] with {@linkcode FREE_TOKEN} elsewhere. */
  #givenTokens(options: SamplingOptions): Uint32Array | undefined {
    const { length } = this.network.config;
    const framed = this.state.config.data.packing !== "unwrapped";
    const given = readGivenTokens(options, { tokenizer: this.tokenizer, length, framed });
    if (given === undefined) return undefined;
    return Uint32Array.from({ length }, (_, position) => given[position] ?? FREE_TOKEN);
  }

  get #networks(): FlowNetworks {
    return this.teacher === undefined
      ? { denoiser: this.network }
      : { denoiser: this.teacher, correction: this.network };
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
    this.#form?.[Symbol.dispose]();
    this.network[Symbol.dispose]();
    this.teacher?.[Symbol.dispose]();
    if (this.#ownsGpu) this.gpu[Symbol.dispose]();
  }
}

/** The numbers that sampling takes. */
const NUMBERS = {
  numSamples: integer({ doc: "", min: 1 }),
  numSteps: integer({ doc: "", min: 1, max: MAX_STEPS }),
  seed: integer({ doc: "", min: 0 }),
  batchSize: integer({ doc: "", min: 1 }),
  gamma: number({ doc: "", min: 0, max: 1 }),
};

/** @throws {FlmError} if an option is not what it should be. */
function requireNumber(name: keyof typeof NUMBERS, value: unknown): void {
  const { check, expected } = NUMBERS[name];
  if (check(value) !== undefined) return;
  throw new FlmError(`${name} must be ${expected}, found ${describeValue(value)}.`);
}

/** The steps of each kind of model. */
const PLANS: Readonly<
  Record<
    WriterState["kind"],
    (schedule: GammaSchedule, numSteps: number, eta: number) => SamplerStep[]
  >
> = {
  flm: flmSteps,
  flow_map: flowMapSteps,
  second_stage: secondStageSteps,
  psd: psdSteps,
};

/** A tensor of the same row for each of `count` texts. */
function repeated(gpu: Gpu, row: Uint32Array, count: number): Tensor {
  const rows = new Uint32Array(row.length * count);
  for (let i = 0; i < count; i++) rows.set(row, i * row.length);
  return gpu.tensor(rows);
}
