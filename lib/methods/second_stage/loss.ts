/**
 * The second stage of a semigroup distillation: one network h is fitted to the flow map of the
 * first, so that a jump needs one network and ends in a probability.
 *
 * With k = c/(1 − γ(s)) and c = γ(t) − γ(s) the frozen map goes to
 * x + k·(p − x) + ½c²·g(x, s, t), the new one to x + k·(h(x, s, t) − x); x drops
 * out of the difference k·(p − h) + ½c²·g.
 *
 * @module
 */

import type { Intervals } from "../../flow/intervals.ts";
import { type SampleTensors, uploadSamples } from "../../flow/sample_tensors.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { Denoiser, DropoutStep } from "../../model/denoiser.ts";
import { logitRows, probabilityRows } from "../../ops/head.ts";
import { type RowTerm, sumOfTerms } from "../../ops/row_terms.ts";
import { squaredErrorSoftmaxHead } from "../../ops/squared_error.ts";
import { Tape, type Value } from "../../ops/tape.ts";
import type { RowSource } from "../../ops/vocabulary.ts";

/** Factors of each sample in the error. */
export interface SecondStageScales {
  /** k, the factor of the teacher's p. */
  pull: Float64Array;
  /** ½c², the factor of the flow map's g. */
  bend: Float64Array;
  /** −k, the factor of the student's h. */
  student: Float64Array;
}

/**
 * The factors of the outputs in the error, of `FLM_distill_double.loss`.
 *
 * @param velocityEps Added to 1 − γ(s): 1e-5 in the reference.
 */
export function secondStageScales(
  { gammaStart, gammaEnd }: Intervals,
  velocityEps: number,
): SecondStageScales {
  const pull = gammaStart.map((a, i) => (gammaEnd[i]! - a) / (1 - a + velocityEps));
  const bend = gammaStart.map((a, i) => (gammaEnd[i]! - a) ** 2 / 2);
  return { pull, bend, student: pull.map((k) => -k) };
}

/** The jumps of a batch on the GPU: times and factors, [B] each. */
export type SecondStageJumps = SampleTensors<"start" | "end" | keyof SecondStageScales>;

/**
 * Uploads jumps.
 *
 * @param velocityEps See {@linkcode secondStageScales}; 0 unless told.
 */
export function secondStageJumps(
  gpu: Gpu,
  intervals: Intervals,
  velocityEps = 0,
): SecondStageJumps {
  const { start, end } = intervals;
  return uploadSamples(gpu, { start, end, ...secondStageScales(intervals, velocityEps) });
}

/** The three networks of the distillation; they share vocabulary and length. */
export interface SecondStageModels {
  /** h(x, s, t), in training. */
  student: Denoiser;
  /** The denoiser p, frozen. */
  teacher: Denoiser;
  /** g(x, s, t) of the semigroup distillation, frozen. */
  flowMap: Denoiser;
}

/** What the networks made of a batch: hidden states [B·L, H] of their output projections. */
export interface SecondStageOutputs {
  /** Of the teacher's p. */
  teacher: Tensor;
  /** Of the flow map's g. */
  flowMap: Tensor;
  /** Of the student's h. */
  student: Tensor;
}

/** A batch of corrupted sequences and jumps from there. */
export interface SecondStageBatch {
  /** The rows x_s = (1−γ(s))·noise + γ(s)·onehot(x0), B·L of them. */
  corrupted: RowSource;
  /** The jumps. */
  jumps: SecondStageJumps;
  /** Dropout of the student. */
  dropout?: DropoutStep | undefined;
  /** The gradient that each loss will get, [B·L], if it is known by now: see ChunkedLossOptions. */
  lossGrads?: Tensor | undefined;
  /** Sees what the networks made; what it wants to keep it must retain. */
  observe?: ((outputs: SecondStageOutputs) => void) | undefined;
}

/**
 * The training loss of every token, [B·L]: the squared difference of the two maps, summed over
 * the vocabulary. Learned weights take no part, as in the reference.
 */
export function secondStageLoss(
  tape: Tape,
  { student, teacher, flowMap }: SecondStageModels,
  { corrupted, jumps, dropout, observe, lossGrads }: SecondStageBatch,
): Value {
  const { gpu, config: { length } } = student;
  const { start, end, pull, bend, student: studentScales } = jumps.of;
  const rows = start.size * length;
  using quiet = new Tape(gpu, false);
  const hidden = (tape: Tape, model: Denoiser, targetTimes?: Tensor, dropout?: DropoutStep) => {
    using embedded = model.embedDense(tape, corrupted, rows);
    return model.forward(tape, embedded, { times: start, targetTimes, dropout });
  };
  using denoised = hidden(quiet, teacher);
  using mapped = hidden(quiet, flowMap, end);
  using predicted = hidden(tape, student, end, dropout);
  observe?.({ teacher: denoised.tensor, flowMap: mapped.tensor, student: predicted.tensor });
  const constant: RowTerm[] = [
    { source: probabilityRows(gpu, denoised.tensor, teacher.head), scales: pull },
    { source: logitRows(gpu, mapped.tensor, flowMap.head), scales: bend },
  ];
  return squaredErrorSoftmaxHead(tape, predicted, student.head, {
    constant: sumOfTerms(gpu, constant, length),
    scales: studentScales,
    length,
    lossGrads,
  });
}
