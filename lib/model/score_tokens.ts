/**
 * Likelihoods of token sequences under a causal network.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { Tape, type Value } from "../ops/tape.ts";
import { nextTokens } from "./next_tokens.ts";

/** Most tokens that pass through a network at once. */
export const BATCH_TOKENS = 4096;

/** A network that predicts each token from those before it. */
export interface CausalScorer {
  /** Where it lives. */
  gpu: Gpu;
  /** Tokens that it knows. */
  vocabSize: number;
  /** The most that it sees at once. */
  contextLength: number;
  /** The widest row of numbers that it makes of a token. */
  widest: number;
  /**
   * The loss of every position, [batch·length] in nats.
   *
   * @param context Token ids that are seen, `u32` [batch·length].
   * @param next The token after each of them.
   */
  losses(tape: Tape, context: Tensor, next: Tensor, length: number): Value;
}

/**
 * The negative log-likelihood, in nats, of every token but the first of each sequence, given
 * those before it; long lists in several passes.
 *
 * @param ids Token ids [batch · length].
 * @returns [batch · (length − 1)].
 * @throws {DataError} if an id lies outside the vocabulary, `length` is not in
 * 2 … `contextLength`, or the ids are not whole sequences.
 */
export async function scoreTokens(
  { gpu, vocabSize, contextLength, widest, losses }: CausalScorer,
  ids: Uint32Array,
  length: number,
): Promise<Float32Array> {
  if (!Number.isInteger(length) || length < 2 || length > contextLength) {
    throw new DataError(
      `Cannot score sequences of ${length} tokens: expected 2 to ${contextLength}.`,
    );
  }
  const outside = ids.find((id) => id >= vocabSize);
  if (outside !== undefined) {
    throw new DataError(
      `Cannot score token ${outside}: the vocabulary has ${vocabSize}, from 0 on. Does the ` +
        `tokenizer belong to the model?`,
    );
  }
  if (ids.length % length !== 0) {
    throw new DataError(`${ids.length} tokens are not whole sequences of ${length}.`);
  }
  const inputs = length - 1;
  const tokens = Math.min(BATCH_TOKENS, Math.floor(gpu.maxBindingBytes / (4 * widest)));
  const most = Math.max(1, Math.floor(tokens / inputs)) * length;
  const scores = new Float32Array(ids.length / length * inputs);
  for (let start = 0, done = 0; start < ids.length; start += most) {
    const part = nextTokens(ids.subarray(start, start + most), length);
    using context = gpu.tensor(part.context);
    using next = gpu.tensor(part.next);
    using tape = new Tape(gpu, false);
    using values = losses(tape, context, next, inputs);
    scores.set(await gpu.read(values.tensor), done);
    done += part.next.length;
  }
  return scores;
}
