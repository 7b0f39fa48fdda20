/**
 * A trained model, ready to write text.
 *
 * @module
 */

import { CheckpointError, FlmError } from "./errors.ts";
import { sampleFlm } from "./flow/flm_sampler.ts";
import { EmbeddedLatent, embeddingFactor, type Latent, VocabularyLatent } from "./flow/latent.ts";
import { GammaSchedule } from "./flow/schedule.ts";
import { Gpu } from "./gpu/gpu.ts";
import { Pacer } from "./gpu/pacer.ts";
import type { Tensor } from "./gpu/tensor.ts";
import { Dit } from "./model/dit.ts";
import { createTokenizer, type Tokenizer, TOKENIZER_NAMES } from "./text/tokenizer.ts";
import { Checkpoint } from "./train/checkpoint.ts";
import type { CheckpointState } from "./train/checkpoint_state.ts";

/** Seconds of work the host may be ahead of the device. */
const AHEAD_SECONDS = 0.2;

/** Options of {@linkcode FlowLanguageModel.load}. */
export interface LoadOptions {
  /** The device to use; one is opened, and closed with the model, unless given. */
  gpu?: Gpu;
  /** Which weights: the running average (as published models use), or the last step's. */
  weights?: "ema" | "model";
}

/** Options of {@linkcode FlowLanguageModel.sample}. */
export interface SampleOptions {
  /** Texts to write; 1 unless told. */
  numSamples?: number;
  /** Network evaluations for each text; 64 unless told. */
  numSteps?: number;
  /** Seed of the noise. Sample i is the same whatever `numSamples` and `batchSize` are. */
  seed?: number;
  /** Texts written at the same time; 16 unless told. */
  batchSize?: number;
  /** Called with the steps done and to do, over all batches; at first with none done. */
  onProgress?: (done: number, total: number) => void;
  /** Called with each text as soon as it is written, and its index. */
  onSample?: (sample: Sample, index: number) => void;
  /** Stops the sampling; it then throws the signal's reason. */
  signal?: AbortSignal;
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
 * ```ts no-eval
 * using model = await FlowLanguageModel.load("runs/demo");
 * for (const { text } of await model.sample({ numSamples: 4, numSteps: 8 })) console.log(text);
 * ```
 */
export class FlowLanguageModel implements Disposable {
  /** Where the model lives. */
  readonly gpu: Gpu;
  /** What the checkpoint says of itself. */
  readonly state: CheckpointState;
  /** What turns token ids into text. */
  readonly tokenizer: Tokenizer;
  /** The network. */
  readonly network: Dit;
  /** The times at which the network is asked. */
  readonly schedule: GammaSchedule;
  readonly #ownsGpu: boolean;
  #factor: Tensor | undefined;

  private constructor(
    network: Dit,
    state: CheckpointState,
    tokenizer: Tokenizer,
    ownsGpu: boolean,
  ) {
    this.gpu = network.gpu;
    this.network = network;
    this.state = state;
    this.tokenizer = tokenizer;
    this.schedule = new GammaSchedule(network.config.vocabSize);
    this.#ownsGpu = ownsGpu;
  }

  /**
   * Loads a checkpoint.
   *
   * @param location Folder of a run or of one of its checkpoints, as a path or `http(s):` URL.
   * @throws {CheckpointError} if it is missing, damaged or of another tokenizer.
   * @throws {GpuError} if there is no adapter.
   */
  static async load(location: string, options: LoadOptions = {}): Promise<FlowLanguageModel> {
    const checkpoint = await Checkpoint.open(location);
    const tokenizer = await tokenizerOf(checkpoint);
    const gpu = options.gpu ?? await Gpu.open();
    let network: Dit | undefined;
    try {
      network = Dit.create(gpu, checkpoint.state.model, false);
      await checkpoint.load(gpu, options.weights ?? "ema", network.parameters.tensors);
    } catch (error) {
      network?.[Symbol.dispose]();
      if (options.gpu === undefined) gpu[Symbol.dispose]();
      throw error;
    }
    return new FlowLanguageModel(network, checkpoint.state, tokenizer, options.gpu === undefined);
  }

  /**
   * Writes texts.
   *
   * @throws {FlmError} if a number is not a positive integer.
   */
  async sample(options: SampleOptions = {}): Promise<Sample[]> {
    const { numSamples = 1, numSteps = 64, seed = 0, batchSize = 16 } = options;
    for (const [name, value] of Object.entries({ numSamples, numSteps, batchSize })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new FlmError(`${name} must be a whole number of at least 1, found ${value}.`);
      }
    }
    const { length } = this.network.config;
    const total = Math.ceil(numSamples / batchSize) * numSteps;
    const pacer = new Pacer(AHEAD_SECONDS);
    let done = 0;
    const step = async () => {
      options.signal?.throwIfAborted();
      done++;
      if (!pacer.record() && done < total) return;
      await this.gpu.finish();
      pacer.waited();
      options.onProgress?.(done, total);
    };
    options.onProgress?.(0, total);
    const samples: Sample[] = [];
    for (let first = 0; first < numSamples; first += batchSize) {
      const count = Math.min(batchSize, numSamples - first);
      using latent = await this.#draw({ seed, firstSample: first, numSamples: count });
      using tokens = await sampleFlm(this.network, this.schedule, latent, numSteps, {
        onStep: step,
      });
      const ids = await this.gpu.readU32(tokens);
      for (let i = 0; i < count; i++) {
        const tokens = ids.slice(i * length, (i + 1) * length);
        const sample = { tokens, text: this.tokenizer.decode(tokens) };
        samples.push(sample);
        options.onSample?.(sample, first + i);
      }
      await step();
    }
    return samples;
  }

  async #draw(draw: { seed: number; firstSample: number; numSamples: number }): Promise<Latent> {
    const { vocabSize, hiddenSize } = this.network.config;
    if (vocabSize < hiddenSize) return VocabularyLatent.draw(this.network, draw);
    this.#factor ??= await embeddingFactor(this.network);
    return EmbeddedLatent.draw(this.network, draw, this.#factor);
  }

  /** Frees the model, and the device if the model opened it. */
  [Symbol.dispose](): void {
    this.#factor?.release();
    this.network[Symbol.dispose]();
    if (this.#ownsGpu) this.gpu[Symbol.dispose]();
  }
}

/** The tokenizer of a checkpoint. @throws {CheckpointError} if it is not the one there is here. */
async function tokenizerOf({ location, state }: Checkpoint): Promise<Tokenizer> {
  const { name, fingerprint } = state.tokenizer;
  const mend = "Use the version of flm it was trained with.";
  if (!TOKENIZER_NAMES.includes(name)) {
    throw new CheckpointError(
      `The checkpoint ${location} was trained with the tokenizer "${name}", which is unknown here ` +
        `(there is: ${TOKENIZER_NAMES.join(", ")}). ${mend}`,
    );
  }
  const tokenizer = await createTokenizer(name);
  if (tokenizer.fingerprint !== fingerprint) {
    throw new CheckpointError(
      `The checkpoint ${location} was trained with another version of the tokenizer ${name} ` +
        `(fingerprint ${fingerprint.slice(0, 12)}, here ${tokenizer.fingerprint.slice(0, 12)}). ` +
        mend,
    );
  }
  if (tokenizer.vocabSize !== state.model.vocabSize) {
    throw new CheckpointError(
      `The checkpoint ${location} is damaged: its vocabSize is ${state.model.vocabSize}, but its ` +
        `tokenizer ${name} has ${tokenizer.vocabSize} tokens.`,
    );
  }
  return tokenizer;
}
