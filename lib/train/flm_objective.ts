/**
 * The FLM's training objective: batches, times and noise of each step.
 *
 * @module
 */

import { type BatchSlice, sliceBatch, type TrainingBatches } from "../data/batches.ts";
import { flmLoss } from "../flow/flm_loss.ts";
import { seedWords } from "../flow/philox.ts";
import type { GammaSchedule } from "../flow/schedule.ts";
import { drawTimes } from "../flow/time_sampling.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Dit } from "../model/dit.ts";
import { CorruptionSource } from "../ops/corruption.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { Objective, StepObjective } from "./objective.ts";

/** What an {@linkcode FlmObjective} is made of. */
export interface FlmObjectiveOptions {
  /** The network to train. */
  model: Dit;
  /** The token blocks of each step. */
  batches: TrainingBatches;
  /** γ(t) for the model's vocabulary. */
  schedule: GammaSchedule;
  /** Seed of times, noise and dropout. */
  seed: number;
  /** Parts in which a batch passes through the network. */
  numMicroBatches: number;
}

/** Cross-entropy of corrupted batches; see {@linkcode flmLoss}. */
export class FlmObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #gpu: Gpu;
  readonly #options: FlmObjectiveOptions;

  /**
   * Combines the parts.
   *
   * @throws {DataError} if the batch cannot be divided into the micro-batches.
   */
  constructor(options: FlmObjectiveOptions) {
    const { model, batches, numMicroBatches } = options;
    sliceBatch(batches.batchSize, { numMicroBatches });
    this.#gpu = model.gpu;
    this.#options = options;
    this.numMicroBatches = numMicroBatches;
    this.tokensPerStep = batches.batchSize * model.config.length;
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const { model, batches, schedule, seed, numMicroBatches } = this.#options;
    const times = drawTimes({ seed, step }, batches.batchSize);
    const gammas = times.map((t) => schedule.gammaOfAlpha(t));
    const parts = Array.from({ length: numMicroBatches }, (_, microBatch) => {
      const slice: BatchSlice = { microBatch, numMicroBatches };
      const { offset, count } = sliceBatch(batches.batchSize, slice);
      const part = (values: Float64Array) =>
        this.#gpu.tensor(new Float32Array(values.subarray(offset, offset + count)));
      return {
        tokens: this.#gpu.tensor(batches.read(step, slice)),
        times: part(times),
        gammas: part(gammas),
        firstSample: offset,
      };
    });
    return new FlmStep(model, parts, seed, step);
  }
}

interface Part {
  tokens: Tensor;
  times: Tensor;
  gammas: Tensor;
  firstSample: number;
}

class FlmStep implements StepObjective {
  readonly #model: Dit;
  readonly #parts: readonly Part[];
  readonly #seed: number;
  readonly #step: number;

  constructor(model: Dit, parts: readonly Part[], seed: number, step: number) {
    this.#model = model;
    this.#parts = parts;
    this.#seed = seed;
    this.#step = step;
  }

  loss(tape: Tape, microBatch: number): Value {
    const { tokens, times, gammas, firstSample } = this.#parts[microBatch]!;
    const { length } = this.#model.config;
    const draw = { key: seedWords(this.#seed), step: this.#step, firstSample };
    const corrupted = new CorruptionSource(this.#model.gpu, {
      tokens,
      gammas,
      length,
      ...draw,
    });
    return flmLoss(tape, this.#model, { corrupted, tokens, times, dropout: draw });
  }

  [Symbol.dispose](): void {
    for (const { tokens, times, gammas } of this.#parts) {
      tokens.release();
      times.release();
      gammas.release();
    }
  }
}
