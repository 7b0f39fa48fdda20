/**
 * Where a jump leads to, as networks see it.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Parameter } from "../ops/parameter.ts";
import { addScaledRows, type RowTerm, sumOfTerms } from "../ops/row_terms.ts";
import { chunksOf, forEachChunk, fromVocabulary } from "../ops/vocabulary.ts";

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
 * linear, so neither the state nor x is ever made; the terms are, a chunk at a time.
 */
export function embedNextState(gpu: Gpu, { states, keep, terms, length }: NextState): Tensor[] {
  const results = states.map(({ embedded }) => {
    const y = gpu.empty(embedded.shape);
    addScaledRows(gpu, { x: embedded, scales: keep, length, y, accumulate: false });
    return y;
  });
  const { embedded, embedding } = states[0]!;
  const sum = sumOfTerms(gpu, terms, length);
  const chunks = chunksOf(gpu, embedded.shape[0]!, embedding, { wholeRows: sum.wholeRows });
  forEachChunk(gpu, [sum], chunks, (chunk, [x]) => {
    for (const [i, { embedding: weight }] of states.entries()) {
      fromVocabulary(gpu, { ...chunk, x, hidden: results[i]!, weight }, { accumulate: true });
    }
  });
  return results;
}
