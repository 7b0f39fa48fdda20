/**
 * Attention, bidirectional or causal, with or without soft-capped scores,
 * streaming: no matrix of scores is ever stored, neither forward nor backward. There are several
 * ways to compute it; attention_choice.ts says which is taken.
 *
 * @module
 */

import { ConfigError, GpuError } from "../errors.ts";
import { type AttentionVariant, chooseAttention } from "./attention_choice.ts";
import { matrixAttention, matrixAttentionGrad, requireMatrixForm } from "./attention_matrix.ts";
import { streamAttention, streamAttentionGrad } from "./attention_streaming.ts";
import type { AttentionWork } from "./attention_work.ts";
import type { Tape, Value } from "./tape.ts";

export type { AttentionVariant } from "./attention_choice.ts";

/** How the rows of a matrix of queries, keys and values are made up. */
export interface AttentionShape {
  /** Sequences. */
  batch: number;
  /** Positions of each sequence. */
  length: number;
  /** Heads; the head dimension is the hidden size over it, a multiple of 4. */
  numHeads: number;
}

/** Options of {@linkcode attention}. */
export interface AttentionOptions extends AttentionShape {
  /** Which kernels: as suits the device unless told. */
  variant?: AttentionVariant;
  /** Whether a position attends to itself and those before it alone; false unless told. */
  causal?: boolean;
  /** The bound that scores are capped at, a whole number from 1 to 64; null unless told: none. */
  softCap?: number | null;
}

/** The largest soft cap: the kernels sum exp(score) v without a maximum, in the range of f32. */
const MAX_SOFT_CAP = 64;

/**
 * Checks the shape of a matrix of queries, keys and values and returns the head dimension.
 *
 * @throws {GpuError} if the matrix is not [batch·length, 3·hidden].
 * @throws {ConfigError} if the head dimension is not a multiple of 4.
 */
export function headDimOf(qkv: Value, { batch, length, numHeads }: AttentionShape): number {
  const [rows = 0, columns = 0] = qkv.shape;
  if (qkv.shape.length !== 2 || rows !== batch * length || columns % 3 !== 0) {
    throw new GpuError(
      `Attention over ${batch} sequences of ${length} needs queries, keys and values of shape ` +
        `[${batch * length}, 3 x hidden size], not [${qkv.shape}].`,
    );
  }
  const headDim = columns / 3 / numHeads;
  if (headDim % 4 !== 0) {
    throw new ConfigError(
      `A hidden size of ${columns / 3} over ${numHeads} heads makes ${headDim} dimensions a ` +
        "head, but these must be a multiple of 4: change model.hiddenSize or model.numHeads.",
    );
  }
  return headDim;
}

/** The kernels' constant for a soft cap: 0 for none. */
function capOf(softCap: number | null): number {
  if (softCap === null) return 0;
  if (Number.isInteger(softCap) && softCap >= 1 && softCap <= MAX_SOFT_CAP) return softCap;
  throw new GpuError(
    `The soft cap of attention must be a whole number from 1 to ${MAX_SOFT_CAP}, or null for ` +
      `none, not ${softCap}.`,
  );
}

/** What the kernels are to do. */
function workOf(
  { batch, length, numHeads, causal = false, softCap = null }: AttentionOptions,
  headDim: number,
): AttentionWork {
  const sequenceHeads = batch * numHeads;
  return {
    length,
    headDim,
    sequenceHeads,
    pairs: sequenceHeads * (causal ? length * (length + 1) / 2 : length ** 2),
    form: { CAP: capOf(softCap), CAUSAL: Number(causal) },
    params: {
      length,
      heads: numHeads,
      sequence_heads: sequenceHeads,
      score_scale: 1 / ((softCap ?? 1) * Math.sqrt(headDim)),
    },
  };
}

/**
 * `softmax(c)·v` for each sequence and head, with `c = cap·tanh(s/cap)` (the reference's attention
 * has `softcap=50`), or `c = s` without a soft cap, and `s = q·kᵀ/√d`, over all keys of the
 * sequence or, if causal, those up to the query's position.
 *
 * Saves qkv, the result and two numbers a row (the softmax's denominator as its inverse or, if
 * nothing caps it, its logarithm, and room for the row sum of do·o) for backward, which computes
 * the scores anew.
 *
 * @param qkv Queries, keys and values [batch·length, 3·hidden]: columns are q, k, v, then
 * heads, then head dimensions.
 * @returns [batch·length, hidden].
 * @throws {GpuError} if qkv has another shape, or for a soft cap that the kernels do not have.
 * @throws {GpuError} for the variant `matrix` on an adapter without matrix units that fit.
 * @throws {ConfigError} if the head dimension is not a multiple of 4.
 */
export function attention(tape: Tape, qkv: Value, options: AttentionOptions): Value {
  const { gpu } = tape;
  const headDim = headDimOf(qkv, options);
  const work = workOf(options, headDim);
  const { variant = chooseAttention(gpu, qkv.tensor.dtype, headDim) } = options;
  if (variant === "matrix") requireMatrixForm(gpu, headDim);
  const { batch, length, numHeads } = options;
  const o = gpu.empty([batch * length, numHeads * headDim], qkv.tensor.dtype);
  using stats = gpu.empty([batch * numHeads, length, 2]);
  const tensors = { qkv: qkv.tensor, o, stats };
  if (variant === "matrix") matrixAttention(gpu, work, tensors);
  else streamAttention(gpu, variant, work, tensors);
  return tape.record(o, [qkv], [qkv.tensor, o, stats], (dO) => {
    qkv.addGrad(gpu, (dQkv, accumulate) => {
      const grads = { ...tensors, dO, dQkv, accumulate };
      if (variant === "matrix") matrixAttentionGrad(gpu, work, grads);
      else streamAttentionGrad(gpu, variant, work, grads);
    });
  });
}
