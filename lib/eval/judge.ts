/**
 * What measures generative perplexity: a causal language model with its tokenizer.
 *
 * @module
 */

import type { Tokenizer } from "../text/tokenizer.ts";

/** A causal language model that says how likely a text is. */
export interface Judge extends Disposable {
  /** What tables call it: `gpt2-large`, or the run folder of a model of one's own. */
  readonly name: string;
  /** Its tokens; texts are tokenized anew with it. */
  readonly tokenizer: Tokenizer;
  /**
   * The token that begins every sequence, as it begins the blocks that the judge was trained on;
   * null if none does: then the first token of a sequence has no likelihood.
   */
  readonly startId: number | null;
  /** The most tokens that it sees at once. */
  readonly contextLength: number;
  /**
   * The negative log-likelihood, in nats, of every token but the first of each sequence, given
   * those before it.
   *
   * @param ids Token ids [batch · length].
   * @returns [batch · (length − 1)].
   * @throws {DataError} if an id lies outside the vocabulary or `length` is not in
   * 2 … `contextLength`.
   */
  score(ids: Uint32Array, length: number): Promise<Float32Array>;
}
