/**
 * The flow-matching loss of an FLM: the cross-entropy of the clean tokens under
 * the denoiser's softmax.
 *
 * @module
 */

import type { EmbeddedRows } from "../../flow/projected_noise.ts";
import { weightedLoss } from "../../flow/weighted_loss.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { Denoiser, DropoutStep } from "../../model/denoiser.ts";
import { crossEntropyHead } from "../../ops/cross_entropy.ts";
import type { Tape, Value } from "../../ops/tape.ts";
import type { RowSource } from "../../ops/vocabulary.ts";

/** Corrupted sequences: rows that can be made, or what a network sees of them. */
export type CorruptedRows = RowSource | EmbeddedRows;

/** A batch of corrupted sequences. */
export interface FlmBatch<Rows extends CorruptedRows = RowSource> {
  /** The rows x_t = (1−γ)·noise + γ·onehot(x0), B·L of them; or x_t·E alone. */
  corrupted: Rows;
  /** The clean tokens x0, `u32` [B·L]. */
  tokens: Tensor;
  /** The time t (alpha) of each sample, [B]. */
  times: Tensor;
  /** For flow maps: the time to go to, [B]; the same as `times` asks for the denoiser. */
  targetTimes?: Tensor | undefined;
  /** Dropout in training. */
  dropout?: DropoutStep | undefined;
  /** The gradient that each loss will get, [B·L], if it is known by now: see ChunkedLossOptions. */
  lossGrads?: Tensor | undefined;
}

/** The cross-entropy of every token, [B·L]: −log softmax(DiT(x_t, t))[x0]. */
export function flmCrossEntropy(
  tape: Tape,
  model: Denoiser,
  batch: FlmBatch<CorruptedRows>,
): Value {
  const { tokens, times, targetTimes, corrupted, dropout, lossGrads } = batch;
  using embedded = "embed" in corrupted
    ? corrupted.embed(tape)
    : model.embedDense(tape, corrupted, tokens.size);
  using hidden = model.forward(tape, embedded, { times, targetTimes, dropout });
  return crossEntropyHead(tape, hidden, model.head, tokens, { lossGrads });
}

/**
 * The training loss of every token, [B·L]: {@linkcode flmCrossEntropy}, and if the model has
 * the learnable weighting w = w(t) of the sample, e^(−w)·loss + w. Reference: `FLM.loss`.
 */
export function flmLoss(tape: Tape, model: Denoiser, batch: FlmBatch<CorruptedRows>): Value {
  const loss = (lossGrads?: Tensor) => flmCrossEntropy(tape, model, { ...batch, lossGrads });
  return weightedLoss(tape, model, { ...batch, loss });
}
