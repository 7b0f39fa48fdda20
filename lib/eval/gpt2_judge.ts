/**
 * GPT-2 as the judge of generative perplexity.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { HubOptions } from "../hub/hub.ts";
import type { Gpt2 } from "../model/gpt2.ts";
import { loadGpt2 } from "../model/gpt2_load.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Judge } from "./judge.ts";

/** What {@linkcode Gpt2Judge.load} is told. */
export interface Gpt2JudgeOptions extends HubOptions {
  /** Where the model is to live. */
  gpu: Gpu;
  /** The model's tokenizer. */
  tokenizer: Tokenizer;
}

/** A GPT-2 of any size with its tokenizer. */
export class Gpt2Judge implements Judge {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  readonly startId = null;
  readonly #model: Gpt2;

  /**
   * Takes over the ownership of a model.
   *
   * @param name See {@linkcode Judge.name}.
   * @throws {CheckpointError} if the tokenizer has tokens that the model does not know.
   */
  constructor(name: string, model: Gpt2, tokenizer: Tokenizer) {
    const { padId, vocabSize } = tokenizer;
    // Padding at the end of the vocabulary is the FLM's; no text holds it.
    const inText = padId === vocabSize - 1 ? vocabSize - 1 : vocabSize;
    if (inText > model.config.vocabSize) {
      throw new CheckpointError(
        `The tokenizer ${tokenizer.name} does not fit ${name}: it has ${inText} ` +
          `tokens, the model knows ${model.config.vocabSize}.`,
      );
    }
    this.name = name;
    this.tokenizer = tokenizer;
    this.#model = model;
  }

  /**
   * Loads a model; see {@linkcode loadGpt2}.
   *
   * @param location A folder, an address or a name on the hub, such as `gpt2-large`.
   * @throws {CheckpointError} if it is damaged, is no GPT-2 or does not fit the tokenizer.
   * @throws {DataError} if a download fails.
   */
  static async load(location: string, options: Gpt2JudgeOptions): Promise<Gpt2Judge> {
    const { gpu, tokenizer, ...hub } = options;
    const model = await loadGpt2(gpu, location, hub);
    try {
      return new Gpt2Judge(location, model, tokenizer);
    } catch (error) {
      model[Symbol.dispose]();
      throw error;
    }
  }

  get contextLength(): number {
    return this.#model.config.contextLength;
  }

  /** See {@linkcode Judge.score} and {@linkcode Gpt2.score}. */
  score(ids: Uint32Array, length: number): Promise<Float32Array> {
    return this.#model.score(ids, length);
  }

  /** Frees the model. */
  [Symbol.dispose](): void {
    this.#model[Symbol.dispose]();
  }
}
