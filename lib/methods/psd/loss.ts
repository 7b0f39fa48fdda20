/**
 * The single-stage distillation: a denoiser flow map D(x, s, t), the softmax of
 * one network with two times, is taught to be its own composition (progressive
 * self-distillation, PSD). The map goes from s to t on the line from x to D.
 *
 * On the diagonal, s = t, its target is the teacher (or the data). A jump from s
 * to t over the middle u has the target λ·D(x, s, u) + (1 − λ)·D(X_u, u, t), with
 * X_u where the first half of the jump ends. The loss is the cross-entropy to
 * the target.
 *
 * @module
 */

import { GpuError } from "../../errors.ts";
import { type Intervals, pickIntervals } from "../../flow/intervals.ts";
import { embedNextState } from "../../flow/next_state.ts";
import { type SampleTensors, uploadSamples } from "../../flow/sample_tensors.ts";
import { weightedLoss } from "../../flow/weighted_loss.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { bytesOf, Tensor } from "../../gpu/tensor.ts";
import type { Denoiser, DropoutStep } from "../../model/denoiser.ts";
import { probabilityRows } from "../../ops/head.ts";
import {
  type PredictedTarget,
  softCrossEntropyHead,
  type TokenTarget,
} from "../../ops/soft_cross_entropy.ts";
import { Tape, Value } from "../../ops/tape.ts";
import type { RowSource } from "../../ops/vocabulary.ts";

/** Keeps denominators from 0, as the reference does. */
const EPS = 1e-8;

/** Factors of each jump. */
export interface PsdScales {
  /** X_u: the factor of x_s. */
  keep: Float64Array;
  /** X_u: that of D(x_s, s, u). */
  pull: Float64Array;
  /** λ, the factor of D(x_s, s, u) in the target. */
  lambda: Float64Array;
}

/**
 * The factors in X_u and in the target, of `FMLM.loss`: with a, b, c = γ(s), γ(u), γ(t),
 * X_u = ((1−b)·x_s + (b−a)·D(x_s, s, u))/(1−a) and λ = (1−c)(b−a)/((1−b)(c−a)).
 */
export function psdScales({ gammaStart, gammaMiddle, gammaEnd }: Intervals): PsdScales {
  const each = (factor: (a: number, b: number, c: number) => number) =>
    gammaStart.map((a, i) => factor(a, gammaMiddle[i]!, gammaEnd[i]!));
  return {
    keep: each((a, b) => (1 - b) / (1 - a + EPS)),
    pull: each((a, b) => (b - a) / (1 - a + EPS)),
    lambda: each((a, b, c) => (1 - c) * (b - a) / ((1 - b) * (c - a) + EPS)),
  };
}

/** The numbers of all samples. */
type AllName = "start" | "end" | "samples";
/** The numbers of the jumps. */
type JumpName = "start" | "middle" | "end" | "samples" | keyof PsdScales;

/** A batch's samples on the GPU: first the diagonal ones, then the jumps. */
export class PsdSamples implements Disposable {
  /** Diagonal samples. */
  readonly numDiagonal: number;
  /** Samples that are jumps. */
  readonly numJumps: number;
  readonly #all: SampleTensors<AllName>;
  readonly #diagonal: SampleTensors<"start"> | undefined;
  readonly #jumps: SampleTensors<JumpName> | undefined;

  /**
   * Uploads times and factors.
   *
   * @param intervals Times of the samples; those of the first `numDiagonal` are diagonal.
   * @param samples Index of each sample in the global batch: noise and dropout depend on it.
   */
  constructor(gpu: Gpu, intervals: Intervals, numDiagonal: number, samples: ArrayLike<number>) {
    const { start, end } = intervals;
    const indices = Uint32Array.from(samples);
    this.numDiagonal = numDiagonal;
    this.numJumps = start.length - numDiagonal;
    this.#all = uploadSamples(gpu, { start, end, samples: indices });
    if (numDiagonal > 0) {
      this.#diagonal = uploadSamples(gpu, { start: start.subarray(0, numDiagonal) });
    }
    if (this.numJumps > 0) {
      const places = Array.from({ length: this.numJumps }, (_, i) => numDiagonal + i);
      const jumps = pickIntervals(intervals, places);
      const scales = psdScales(jumps);
      this.#jumps = uploadSamples(gpu, {
        start: jumps.start,
        middle: jumps.middle,
        end: jumps.end,
        samples: indices.subarray(numDiagonal),
        ...scales,
      });
    }
  }

  /** Numbers of all samples, [B]. */
  get all(): Readonly<Record<AllName, Tensor>> {
    return this.#all.of;
  }

  /** Numbers of the diagonal samples, if there are any. */
  get diagonal(): Readonly<Record<"start", Tensor>> | undefined {
    return this.#diagonal?.of;
  }

  /** Numbers of the jumps, if there are any. */
  get jumps(): Readonly<Record<JumpName, Tensor>> | undefined {
    return this.#jumps?.of;
  }

  /** Frees them. */
  [Symbol.dispose](): void {
    this.#all[Symbol.dispose]();
    this.#diagonal?.[Symbol.dispose]();
    this.#jumps?.[Symbol.dispose]();
  }
}

/** The networks of the distillation; they share vocabulary and length. */
export interface PsdModels {
  /** D(x, s, t), in training. */
  student: Denoiser;
  /** The denoiser, frozen; null to learn it from the data. */
  teacher: Denoiser | null;
}

/** What the networks made of a batch: hidden states of their output projections, [rows, H]. */
export interface PsdOutputs {
  /** Of the teacher at the diagonal samples, if it was asked. */
  teacher?: Tensor;
  /** Of D(x_s, s, u) of the jumps, if there are any. */
  first?: Tensor;
  /** X_u·E of the jumps. */
  state?: Tensor;
  /** Of D(X_u, u, t) of the jumps. */
  second?: Tensor;
  /** Of D(x_s, s, t) of all samples. */
  whole: Tensor;
}

/** A batch of corrupted sequences, the diagonal samples first. */
export interface PsdBatch {
  /** The rows x_s = (1−γ(s))·noise + γ(s)·onehot(x0), B·L of them. */
  corrupted: RowSource;
  /** The clean tokens x0, `u32` [B·L]. */
  tokens: Tensor;
  /** Times and factors. */
  samples: PsdSamples;
  /** Dropout of the student, also where it makes targets; with masks of their own there. */
  dropout?: Pick<DropoutStep, "key" | "step"> | undefined;
  /** The gradient that each loss will get, [B·L], if it is known by now: see ChunkedLossOptions. */
  lossGrads?: Tensor | undefined;
  /** Sees what the networks made; what it wants to keep it must retain. */
  observe?: ((outputs: PsdOutputs) => void) | undefined;
}

/**
 * The cross-entropy of every token to its target, [B·L], in nats. Targets are constants.
 *
 * @throws {GpuError} if there are more or fewer tokens than the samples have.
 */
export function psdCrossEntropy(tape: Tape, models: PsdModels, batch: PsdBatch): Value {
  const { student } = models;
  const { corrupted, samples: { all }, dropout, observe, lossGrads } = batch;
  const { length } = student.config;
  const rows = all.start.size * length;
  if (batch.tokens.size !== rows) {
    throw new GpuError(
      `There are ${batch.tokens.size} tokens for ${all.start.size} samples of ${length} positions.`,
    );
  }
  using state = student.embedDense(tape, corrupted, rows);
  // Before the student's own pass, so that nothing kept for its gradient is in memory yet.
  using diagonal = diagonalTarget(models, batch);
  using jumps = jumpTarget(student, state.tensor, batch);
  using whole = student.forward(tape, state, {
    times: all.start,
    targetTimes: all.end,
    dropout: dropout && { ...dropout, firstSample: 0, samples: all.samples },
  });
  observe?.({ ...diagonal.outputs, ...jumps.outputs, whole: whole.tensor });
  const targets = [...diagonal.targets, ...jumps.targets];
  return softCrossEntropyHead(tape, whole, student.head, targets, { lossGrads });
}

/** The training loss of every token, [B·L]: {@linkcode psdCrossEntropy} with learned weights. */
export function psdLoss(tape: Tape, models: PsdModels, batch: PsdBatch): Value {
  const { lossGrads, samples: { all: { start: times } } } = batch;
  const loss = (lossGrads?: Tensor) => psdCrossEntropy(tape, models, { ...batch, lossGrads });
  return weightedLoss(tape, models.student, { times, lossGrads, loss });
}

/** A part of the target, with the tensors that it is made from. */
class TargetPart implements Disposable {
  readonly targets: readonly (TokenTarget | PredictedTarget)[];
  readonly outputs: Partial<PsdOutputs>;
  readonly #owned: readonly Disposable[];

  constructor(
    targets: readonly (TokenTarget | PredictedTarget)[],
    outputs: Partial<PsdOutputs>,
    owned: readonly Disposable[],
  ) {
    this.targets = targets;
    this.outputs = outputs;
    this.#owned = owned;
  }

  [Symbol.dispose](): void {
    for (const each of this.#owned) each[Symbol.dispose]();
  }
}

/** The target of the diagonal samples: the teacher's probabilities, or the tokens. */
function diagonalTarget(
  { student, teacher }: PsdModels,
  { corrupted, tokens, samples: { diagonal, numDiagonal } }: PsdBatch,
): TargetPart {
  if (diagonal === undefined) return new TargetPart([], {}, []);
  const { gpu, config: { length } } = student;
  const rows = numDiagonal * length;
  if (teacher === null) return new TargetPart([{ rows, tokens }], {}, []);
  using quiet = new Tape(gpu, false);
  using state = teacher.embedDense(quiet, corrupted, rows);
  const hidden = teacher.forward(quiet, state, { times: diagonal.start });
  const target = { rows, head: teacher.head, first: hidden.tensor };
  return new TargetPart([target], { teacher: hidden.tensor }, [hidden]);
}

/**
 * The target of the jumps.
 *
 * @param states x_s·E of all samples, [B·L, H].
 */
function jumpTarget(
  student: Denoiser,
  states: Tensor,
  { samples: { jumps, numDiagonal, numJumps }, dropout }: PsdBatch,
): TargetPart {
  if (jumps === undefined) return new TargetPart([], {}, []);
  const { gpu, config: { length, hiddenSize } } = student;
  const firstRow = numDiagonal * length;
  const rows = numJumps * length;
  const pass = (number: number) =>
    dropout && { ...dropout, firstSample: 0, samples: jumps.samples, pass: number };

  using quiet = new Tape(gpu, false);
  const { buffer, byteOffset, dtype } = states;
  using state = new Value(gpu.empty([rows, hiddenSize], dtype), false);
  const firstByte = byteOffset + bytesOf(firstRow * hiddenSize, dtype);
  gpu.copy(new Tensor(buffer, firstByte, [rows, hiddenSize], dtype), state.tensor);
  const first = student.forward(quiet, state, {
    times: jumps.start,
    targetTimes: jumps.middle,
    dropout: pass(1),
  });
  const firstRows = probabilityRows(gpu, first.tensor, student.head);
  const [next] = embedNextState(gpu, {
    states: [{ embedded: state.tensor, embedding: student.embedding }],
    keep: jumps.keep,
    terms: [{ source: firstRows, scales: jumps.pull }],
    length,
  });
  const nextState = new Value(next!, false);
  const second = student.forward(quiet, nextState, {
    times: jumps.middle,
    targetTimes: jumps.end,
    dropout: pass(2),
  });
  const { lambda: shares } = jumps;
  const mixed = { second: second.tensor, shares, length };
  return new TargetPart(
    [{ rows, head: student.head, first: first.tensor, mixed }],
    { first: first.tensor, state: nextState.tensor, second: second.tensor },
    [first, nextState, second],
  );
}
