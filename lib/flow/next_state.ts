/**
 * Where a jump leads to, as networks see it.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Parameter } from "../ops/parameter.ts";
import { addScaledRows, type RowTerm, sumOfTerms } from "../ops/row_terms.ts";
import { chunksOf, forEachChunk, fromVocabulary, type RowSource } from "../ops/vocabulary.ts";

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
 * linear, so neither the state nor x is ever made; the terms are, a chunk at a time. A single term
 * has its factors after it is embedded, where it is as wide as the network.
 */
export function embedNextState(gpu: Gpu, { states, keep, terms, length }: NextState): Tensor[] {
  const results = states.map(({ embedded }) => {
    const y = gpu.empty(embedded.shape);
    addScaledRows(gpu, { x: embedded, scales: keep, length, y, accumulate: false });
    return y;
  });
  const [first] = terms;
  if (terms.length !== 1) embedRows(gpu, sumOfTerms(gpu, terms, length), states, results, true);
  else {
    const { source, scales, firstRow = 0, rows = results[0]!.shape[0]! } = first!;
    using made = new DisposableStack();
    const changes = results.map(({ shape }) => made.use(gpu.empty([rows, shape[1]!])));
    embedRows(gpu, source, states, changes, false);
    for (const [i, y] of results.entries()) {
      addScaledRows(gpu, { x: changes[i]!, scales, length, y, yRow: firstRow, accumulate: true });
    }
  }
  return results;
}

/** Writes, or adds, `x·E` of each network for the rows of x. */
function embedRows(
  gpu: Gpu,
  source: RowSource,
  states: readonly EmbeddedStates[],
  results: readonly Tensor[],
  add: boolean,
): void {
  const { wholeRows } = source;
  const chunks = chunksOf(gpu, results[0]!.shape[0]!, states[0]!.embedding, { wholeRows });
  forEachChunk(gpu, [source], chunks, (chunk, [x]) => {
    const accumulate = add || chunk.columnStart > 0;
    for (const [i, { embedding: weight }] of states.entries()) {
      fromVocabulary(gpu, { ...chunk, x, hidden: results[i]!, weight }, { accumulate });
    }
  });
}
