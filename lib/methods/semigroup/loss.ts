/**
 * The loss of the semigroup distillation: a flow map is taught that its jump from s to t must equal
 * its two jumps from s over a middle u to t (the semigroup property), and that short jumps follow
 * the teacher's velocity.
 *
 * The teacher is a denoiser p, the student a network g(x, s, t) whose output is
 * not a probability: X_{s→t}(x) = x + c·v + ½c²·g with c = γ(t) − γ(s) and the
 * velocity v = (p − x)/(1 − γ(s)).
 *
 * The loss is |x_boot − p_s − ½c(1−γ(s))·g(x_s, s, t)|². Written out, x_boot and
 * with it the error is linear in x_s and in the outputs p_s, p_u of the teacher
 * and g(x_s, s, u), g(X_u, u, t), g(x_s, s, t) of the student, and the factor of
 * x_s is 0. So no state as wide as the vocabulary is needed; and the student's
 * three outputs, made by one projection, need only one product.
 *
 * @module
 */

import type { Intervals } from "../../flow/intervals.ts";
import { embedNextState } from "../../flow/next_state.ts";
import { type SampleTensors, uploadSamples } from "../../flow/sample_tensors.ts";
import { weightedLoss } from "../../flow/weighted_loss.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { Denoiser, DropoutStep } from "../../model/denoiser.ts";
import { logitRows, probabilityRows } from "../../ops/head.ts";
import { addScaledRows, type RowTerm, sumOfTerms } from "../../ops/row_terms.ts";
import { squaredErrorHead } from "../../ops/squared_error.ts";
import { Tape, Value } from "../../ops/tape.ts";
import type { RowSource } from "../../ops/vocabulary.ts";

/** Factors of each sample; see {@linkcode semigroupScales}. */
export interface SemigroupScales {
  /** X_u: the factor of x_s. */
  keep: Float64Array;
  /** X_u: that of p_s. */
  pull: Float64Array;
  /** X_u: that of g(x_s, s, u). */
  bend: Float64Array;
  /** The error: the factor of x_s. */
  errorState: Float64Array;
  /** The error: that of p_s. */
  errorStart: Float64Array;
  /** The error: that of p_u. */
  errorMiddle: Float64Array;
  /** The error: that of g(x_s, s, u). */
  errorFirst: Float64Array;
  /** The error: that of g(X_u, u, t). */
  errorSecond: Float64Array;
  /** The error: that of g(x_s, s, t), which alone has a gradient. */
  errorWhole: Float64Array;
}

/**
 * The factors of the outputs in X_u and in the error, from the definitions of `FLM_distill.loss`:
 *
 * - v_s = (p_s − x_s)/(1−a+ε), V₁ = v_s + ½c₁·g(x_s, s, u), X_u = x_s + c₁V₁,
 * - v_u = (p_u − X_u)/(1−b+ε), V₂ = v_u + ½c₂·g(X_u, u, t),
 * - x_boot = x_s + (1−a)(c₁V₁ + c₂V₂)/(c₁+c₂),
 * - error = x_boot − p_s − ½(c₁+c₂)(1−a)·g(x_s, s, t)
 *
 * with a, b, c = γ(s), γ(u), γ(t), c₁ = b−a and c₂ = c−b.
 *
 * @param velocityEps ε: 1e-5 in the reference; with 0 the factor of x_s in the error is 0.
 */
export function semigroupScales(intervals: Intervals, velocityEps: number): SemigroupScales {
  const count = intervals.start.length;
  const list = () => new Float64Array(count);
  const scales: SemigroupScales = {
    keep: list(),
    pull: list(),
    bend: list(),
    errorState: list(),
    errorStart: list(),
    errorMiddle: list(),
    errorFirst: list(),
    errorSecond: list(),
    errorWhole: list(),
  };
  for (let i = 0; i < count; i++) {
    const a = intervals.gammaStart[i]!;
    const b = intervals.gammaMiddle[i]!;
    const c = intervals.gammaEnd[i]!;
    const [c1, c2] = [b - a, c - b];
    const pull = c1 / (1 - a + velocityEps);
    const bend = c1 ** 2 / 2;
    scales.keep[i] = 1 - pull;
    scales.pull[i] = pull;
    scales.bend[i] = bend;
    // Shares of V₁ and V₂ in x_boot; `back` is what a part of X_u loses in V₂.
    const share1 = (1 - a) * c1 / (c - a);
    const share2 = (1 - a) * c2 / (c - a);
    const back = share2 / (1 - b + velocityEps);
    scales.errorState[i] = 1 - share1 / (1 - a + velocityEps) - back * (1 - pull);
    scales.errorStart[i] = share1 / (1 - a + velocityEps) - back * pull - 1;
    scales.errorMiddle[i] = back;
    scales.errorFirst[i] = share1 * c1 / 2 - back * bend;
    scales.errorSecond[i] = share2 * c2 / 2;
    scales.errorWhole[i] = -(c - a) * (1 - a) / 2;
  }
  return scales;
}

/** The jumps of a batch on the GPU: times and factors, [B] each. */
export interface SemigroupJumps
  extends SampleTensors<"start" | "middle" | "end" | "errorBias" | keyof SemigroupScales> {
  /** ε of the velocities. */
  readonly velocityEps: number;
}

/**
 * Uploads jumps.
 *
 * @param velocityEps See {@linkcode semigroupScales}; 0 unless told.
 */
export function semigroupJumps(gpu: Gpu, intervals: Intervals, velocityEps = 0): SemigroupJumps {
  const { start, middle, end } = intervals;
  const scales = semigroupScales(intervals, velocityEps);
  const { errorFirst, errorSecond, errorWhole } = scales;
  const errorBias = errorWhole.map((whole, i) => whole + errorFirst[i]! + errorSecond[i]!);
  return { velocityEps, ...uploadSamples(gpu, { start, middle, end, ...scales, errorBias }) };
}

/** The two networks of the distillation; they share vocabulary and length. */
export interface SemigroupModels {
  /** g(x, s, t), in training. */
  student: Denoiser;
  /** The denoiser, frozen. */
  teacher: Denoiser;
}

/** What the networks made of a batch: hidden states [B·L, H] of their output projections. */
export interface SemigroupOutputs {
  /** Of p_s. */
  start: Tensor;
  /** Of p_u. */
  middle: Tensor;
  /** Of g(x_s, s, u). */
  first: Tensor;
  /** Of g(X_u, u, t). */
  second: Tensor;
  /** Of g(x_s, s, t). */
  whole: Tensor;
  /** X_u·E of the teacher. */
  teacherState: Tensor;
  /** X_u·E of the student. */
  studentState: Tensor;
}

/** A batch of corrupted sequences and jumps from there. */
export interface SemigroupBatch {
  /** The rows x_s = (1−γ(s))·noise + γ(s)·onehot(x0), B·L of them. */
  corrupted: RowSource;
  /** The jumps. */
  jumps: SemigroupJumps;
  /** Dropout of the student, also where it makes targets; with masks of their own there. */
  dropout?: DropoutStep | undefined;
  /** The gradient that each loss will get, [B·L], if it is known by now: see ChunkedLossOptions. */
  lossGrads?: Tensor | undefined;
  /** Sees what the networks made; what it wants to keep it must retain. */
  observe?: ((outputs: SemigroupOutputs) => void) | undefined;
}

/**
 * The squared error of every token, [B·L], summed over the vocabulary: see
 * {@linkcode semigroupScales}. Targets are constants.
 */
export function semigroupError(
  tape: Tape,
  { student, teacher }: SemigroupModels,
  { corrupted, jumps, dropout, observe, lossGrads }: SemigroupBatch,
): Value {
  const { gpu } = tape;
  const { length } = student.config;
  const { start, middle, end, ...scales } = jumps.of;
  const rows = start.size * length;
  const pass = (number: number) => dropout && { ...dropout, pass: number };

  using quiet = new Tape(gpu, false);
  using state = student.embedDense(tape, corrupted, rows);
  using teacherState = teacher.embedDense(quiet, corrupted, rows);
  using atStart = teacher.forward(quiet, teacherState, { times: start });
  using first = student.forward(quiet, state, {
    times: start,
    targetTimes: middle,
    dropout: pass(1),
  });
  const [nextTeacher, nextStudent] = embedNextState(gpu, {
    states: [
      { embedded: teacherState.tensor, embedding: teacher.embedding },
      { embedded: state.tensor, embedding: student.embedding },
    ],
    keep: scales.keep,
    terms: [
      { source: probabilityRows(gpu, atStart.tensor, teacher.head), scales: scales.pull },
      { source: logitRows(gpu, first.tensor, student.head), scales: scales.bend },
    ],
    length,
  });
  using nextTeacherState = new Value(nextTeacher!, false);
  using nextState = new Value(nextStudent!, false);
  using atMiddle = teacher.forward(quiet, nextTeacherState, { times: middle });
  using second = student.forward(quiet, nextState, {
    times: middle,
    targetTimes: end,
    dropout: pass(2),
  });
  // Last, so that nothing kept for the gradient is in memory while targets are made.
  using whole = student.forward(tape, state, { times: start, targetTimes: end, dropout: pass(0) });
  observe?.({
    start: atStart.tensor,
    middle: atMiddle.tensor,
    first: first.tensor,
    second: second.tensor,
    whole: whole.tensor,
    teacherState: nextTeacherState.tensor,
    studentState: nextState.tensor,
  });

  const terms: RowTerm[] = [
    { source: probabilityRows(gpu, atStart.tensor, teacher.head), scales: scales.errorStart },
    { source: probabilityRows(gpu, atMiddle.tensor, teacher.head), scales: scales.errorMiddle },
  ];
  if (jumps.velocityEps !== 0) {
    terms.push({ source: corrupted, scales: scales.errorState });
  }
  // The student's targets come from the same projection as its prediction.
  using offset = gpu.empty(whole.shape);
  const targets = [
    { x: first.tensor, scales: scales.errorFirst, accumulate: false },
    { x: second.tensor, scales: scales.errorSecond, accumulate: true },
  ];
  for (const each of targets) addScaledRows(gpu, { ...each, length, y: offset });
  return squaredErrorHead(tape, whole, student.head, {
    constant: sumOfTerms(gpu, terms, length),
    scales: scales.errorWhole,
    biasScales: scales.errorBias,
    offset,
    length,
    lossGrads,
  });
}

/** The training loss of every token, [B·L]: {@linkcode semigroupError} with learned weights. */
export function semigroupLoss(tape: Tape, models: SemigroupModels, batch: SemigroupBatch): Value {
  const { lossGrads, jumps: { of: { start: times } } } = batch;
  const loss = (lossGrads?: Tensor) => semigroupError(tape, models, { ...batch, lossGrads });
  return weightedLoss(tape, models.student, { times, lossGrads, loss });
}
