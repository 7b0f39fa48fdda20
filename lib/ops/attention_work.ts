/**
 * What every way to compute attention is given.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";

/** The shape of attention, and what it does to scores. */
export interface AttentionWork {
  /** Positions of a sequence. */
  readonly length: number;
  /** Dimensions of a head. */
  readonly headDim: number;
  /** Sequences times heads. */
  readonly sequenceHeads: number;
  /** Pairs of a query and a key that it sees, in all sequences and heads. */
  readonly pairs: number;
  /** Constants of all kernels: the bound of the scores, 0 for none, and whether it is causal. */
  readonly form: { readonly CAP: number; readonly CAUSAL: number };
  /** Parameters of all kernels. */
  readonly params: {
    readonly length: number;
    readonly heads: number;
    readonly sequence_heads: number;
    readonly score_scale: number;
  };
}

/** What the forward pass reads and writes. */
export interface AttentionTensors {
  /** Queries, keys and values [batch·length, 3·hidden]. */
  readonly qkv: Tensor;
  /** The result [batch·length, hidden]. */
  readonly o: Tensor;
  /**
   * [sequenceHeads, length, 2]: the inverse of the softmax's denominator or, if nothing caps the
   * scores, its logarithm; then room for the row sum of do·o.
   */
  readonly stats: Tensor;
}

/** What the backward pass reads and writes besides. */
export interface AttentionGrads extends AttentionTensors {
  /** The gradient of the result. */
  readonly dO: Tensor;
  /** The gradient of queries, keys and values. */
  readonly dQkv: Tensor;
  /** Whether it is added to. */
  readonly accumulate: boolean;
}

/** Parameters of the backward kernels. */
export function gradParams({ params, headDim }: AttentionWork) {
  return { ...params, grad_scale: 1 / Math.sqrt(headDim) };
}
