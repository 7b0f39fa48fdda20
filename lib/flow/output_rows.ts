/**
 * Outputs of networks as wide as the vocabulary, made a chunk of rows at a time
 * from hidden states, and embedded again.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Dit } from "../model/dit.ts";
import type { Parameter } from "../ops/parameter.ts";
import { rowChunks } from "../ops/head.ts";
import { matmul } from "../ops/matmul.ts";
import {
  addScaledRows,
  headRows,
  type RowSource,
  type RowTerm,
  sumTerms,
} from "../ops/row_terms.ts";

/** What a model's softmax gives for hidden states [M, H], with the model's cap. */
export function probabilityRows(model: Dit, hidden: Tensor): RowSource {
  const { gpu, outputWeight, outputBias, config: { logitCap } } = model;
  return headRows(gpu, hidden, outputWeight, outputBias, { softmax: true, logitCap });
}

/** A model's logits for hidden states [M, H]; the cap, which belongs to the softmax, is not on. */
export function logitRows(model: Dit, hidden: Tensor): RowSource {
  const { gpu, outputWeight, outputBias } = model;
  return headRows(gpu, hidden, outputWeight, outputBias, { softmax: false, logitCap: null });
}

/** States x, known by their embeddings: what a network sees of them. */
export interface EmbeddedStates {
  /** x·E, [M, H]. */
  embedded: Tensor;
  /** E [V, H]. */
  embedding: Parameter;
}

/** A new state, `keep·x + Σ terms` [M, V]. */
export interface NextState {
  /** The states x as several networks see them. */
  states: readonly EmbeddedStates[];
  /** Factors of x, [samples]. */
  keep: Tensor;
  /** What is added to x. */
  terms: readonly RowTerm[];
  /** Rows of a sample. */
  length: number;
}

/**
 * Embeds a new state for each network: `keep·(x·E) + (Σ terms)·E`, [M, H]. The embedding is
 * linear, so neither the state nor x is ever made; the terms are, a chunk of rows at a time.
 */
export function embedNextState(gpu: Gpu, { states, keep, terms, length }: NextState): Tensor[] {
  const results = states.map(({ embedded }) => {
    const y = gpu.empty(embedded.shape);
    addScaledRows(gpu, { x: embedded, scales: keep, length, y, accumulate: false });
    return y;
  });
  const [M = 0] = states[0]!.embedded.shape;
  const [V = 0] = states[0]!.embedding.shape;
  for (const chunk of rowChunks(gpu, M, V)) {
    using sum = gpu.empty([chunk.rows, V]);
    sumTerms(gpu, terms, chunk, length, sum);
    for (const [i, { embedding }] of states.entries()) {
      const H = embedding.shape[1]!;
      for (const window of embedding.windows) {
        matmul(gpu, {
          M: chunk.rows,
          N: H,
          K: window.rows,
          a: { view: sum, start: window.rowStart, stride: V },
          b: { view: window.value.tensor, stride: H },
          c: { view: results[i]!, start: chunk.rowStart * H, stride: H },
          accumulate: true,
        });
      }
    }
  }
  return results;
}
