/**
 * One optimisation step after another: forward and backward over the
 * micro-batches, gradient norm, optimizer, EMA. Nothing is read back from the GPU
 * until {@linkcode Trainer.drain}, so the host runs ahead of the device.
 *
 * @module
 */

import type { OptimConfig, TrainPrecision } from "../config/config.ts";
import { emaDecays } from "../config/ema_decays.ts";
import { ConfigError, GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";
import type { Network } from "../model/network.ts";
import { addInto, Tape, type Value } from "../ops/tape.ts";
import { weightedMean, weightedMeanGrad } from "../ops/weighted_mean.ts";
import { Ema } from "./ema.ts";
import { type GradNoise, gradNoise, PartSquares } from "./grad_noise.ts";
import { gradNorm, slicedGradNorm } from "./grad_norm.ts";
import { LossScale } from "./loss_scale.ts";
import { MicroBatchGrads } from "./micro_batch_grads.ts";
import { learningRate } from "./lr_schedule.ts";
import type { Objective } from "./objective.ts";
import type { Optimizer } from "./optimizer.ts";
import { createOptimizer } from "./optimizers.ts";
import type { ParameterSlices } from "./parameter_slices.ts";
import { ONE_RANK, type Ranks } from "./ranks.ts";

/**
 * What one step measured.
 *
 * @example A line for a log
 * ```ts
 * import type { StepMetrics } from "@flm/flm";
 *
 * const line = ({ step, loss, gradNorm, skipped }: StepMetrics) =>
 *   `${step}: ${loss} (gradient ${gradNorm})${skipped ? ", left out" : ""}`;
 * console.log(line({ step: 1, loss: 3.4, gradNorm: 0.5, lr: 1e-3, skipped: false }));
 * ```
 */
export interface StepMetrics {
  /** Steps done, this one included: 1 for the first. */
  step: number;
  /** Mean loss of the batch, in nats per token. */
  loss: number;
  /** Global L2 norm of the gradient before clipping. */
  gradNorm: number;
  /** The learning rate that was used. */
  lr: number;
  /** Whether the step was left out, since its gradient was not finite: it changed nothing. */
  skipped: boolean;
  /** In mixed precision, what the loss was multiplied by. */
  lossScale?: number;
  /** How noisy the gradient is by that of its parts, if this is measured. */
  gradNoise?: GradNoise;
}

/** Whether a step's loss and gradient are finite. */
export function isSound({ loss, gradNorm }: Pick<StepMetrics, "loss" | "gradNorm">): boolean {
  return Number.isFinite(loss) && Number.isFinite(gradNorm);
}

/**
 * Whether a step was left out because its gradients were too large for 16 bits, which the loss
 * scale adapts to: nothing is wrong with the weights.
 */
export function isOverflow({ loss, skipped, lossScale = 1 }: StepMetrics): boolean {
  return skipped && lossScale > 1 && Number.isFinite(loss);
}

/** Steps whose metrics the GPU keeps until they are drained. */
const RING_STEPS = 256;
/**
 * Numbers of one step's metrics: loss, gradNorm, how many steps were left out so far, lossScale,
 * and the sum of the squared norms of the parts' gradients.
 */
const SLOT = 5;

/** What a {@linkcode Trainer} is made of. */
export interface TrainerOptions {
  /** The network to train, with gradients. */
  model: Network;
  /** What is minimised. */
  objective: Objective;
  /** Learning rate, clipping, average, and which optimizer. */
  optim: OptimConfig;
  /** The length of the whole run, for the learning-rate schedule. */
  numSteps: number;
  /** Moves the parameters; the one that `optim` asks for unless given. The trainer owns it. */
  optimizer?: Optimizer;
  /** What networks are stored in; `f32` unless given. */
  precision?: TrainPrecision;
  /**
   * The processes that train together, as the objective knows them; this one alone unless given.
   */
  ranks?: Ranks;
  /**
   * The slices of the model's parameters over these processes, if each of them moves and keeps the
   * state of its own alone. What is learned is the same, to the bit.
   */
  slices?: ParameterSlices | undefined;
  /** Whether the noise of gradients is measured; not unless told. */
  measuresNoise?: boolean;
}

/** Trains a model on an objective. */
export class Trainer implements Disposable {
  /** Where the model lives. */
  readonly gpu: Gpu;
  /** The network in training. */
  readonly model: Network;
  /** The optimizer with its state. */
  readonly optimizer: Optimizer;
  /** The running average of the parameters: the first, if there are several. */
  readonly ema: Ema;
  /** All running averages, in the order of their decays. */
  readonly emas: readonly Ema[];
  readonly #objective: Objective;
  readonly #optim: OptimConfig;
  readonly #numSteps: number;
  readonly #ranks: Ranks;
  readonly #slices: ParameterSlices | undefined;
  readonly #ring: Tensor;
  /** The gradient of the loss by itself, where there is no loss scale. */
  readonly #one: Tensor;
  readonly #lossScale: LossScale | undefined;
  readonly #measuresNoise: boolean;
  #undrained: { step: number; lr: number }[] = [];
  #step = 0;
  #skippedSteps = 0;

  /**
   * Sets the optimizer and the EMA up for the model as it is now.
   *
   * @throws {ConfigError} if there is no optimizer of that name, or none of slices; or if the noise
   * of gradients is to be measured by a single part of the batch.
   * @throws {GpuError} if the model keeps no gradients, or for mixed precision on an adapter that
   * has no numbers of 16 bits.
   */
  constructor(options: TrainerOptions) {
    const { model, objective, optim, numSteps, precision = "f32", ranks = ONE_RANK } = options;
    const { measuresNoise = false } = options;
    if (measuresNoise && ranks.numRanks * objective.numMicroBatches < 2) {
      throw new ConfigError(
        "train.gradNoiseScale: expected a batch in two parts at least, by which gradients are " +
          "compared, found one. Halve train.microBatchSize, or train in several processes.",
      );
    }
    this.#measuresNoise = measuresNoise;
    this.gpu = model.gpu;
    this.model = model;
    this.#objective = objective;
    this.#optim = optim;
    this.#numSteps = numSteps;
    this.#ranks = ranks;
    this.#slices = options.slices;
    const moved = options.slices ?? model.parameters;
    this.optimizer = options.optimizer ?? createOptimizer(moved, optim);
    const [first, ...others] = emaDecays(optim);
    this.ema = new Ema(moved, first);
    this.emas = [this.ema, ...others.map((decay) => new Ema(moved, decay))];
    this.#ring = this.gpu.zeros([RING_STEPS * SLOT]);
    this.#one = this.gpu.tensor(Float32Array.of(1));
    if (precision === "mixed") {
      model.parameters.keepHalves();
      this.#lossScale = new LossScale(this.gpu);
    }
  }

  /**
   * What decides the next step besides the parameters, for saving and loading: this rank's part.
   */
  get stateTensors(): NamedTensor[] {
    return [...this.optimizer.tensors, ...this.#lossScale?.tensors ?? []];
  }

  /** Steps recorded so far. */
  get step(): number {
    return this.#step;
  }

  /** Goes on from a checkpoint made after `step` steps; the state must have been loaded. */
  resumeAt(step: number): void {
    this.#step = step;
    this.model.parameters.updateHalves();
  }

  /** Whether {@linkcode drain} must be called before the next step. */
  get full(): boolean {
    return this.#undrained.length === RING_STEPS;
  }

  /**
   * Records and submits one step, and waits for nothing but other ranks.
   *
   * @param timeShare Part of the run's time that has passed, for the learning rate; 0 unless told.
   * @throws {GpuError} if the objective does not give a loss for each token, or one that depends on
   * no parameter.
   * @throws {ConfigError} if the noise of gradients is to be measured, but they are not made part
   * by part.
   */
  async recordStep(timeShare = 0): Promise<void> {
    const { gpu, model } = this;
    const step = this.#step;
    const lr = learningRate(step, this.#numSteps, this.#optim, timeShare);
    using objective = this.#objective.begin(step);
    const numTokens = await this.#ranks.sum(objective.numTokens);
    model.parameters.clearGrads();
    using total = gpu.zeros([1]);
    const seed = this.#lossScale?.state ?? this.#one;
    using sums = new MicroBatchGrads(model.parameters);
    using squares = this.#measuresNoise ? new PartSquares(gpu) : undefined;
    for (let i = 0; i < this.#objective.numMicroBatches; i++) {
      if (i > 0) sums.take();
      using tape = new Tape(gpu, true);
      const [mask, count] = [objective.mask(i), this.#tokensOf(i)];
      using lossGrads = weightedMeanGrad(gpu, { count, mask, total: numTokens }, seed);
      using losses = objective.loss(tape, i, lossGrads);
      requireLosses(losses, count);
      using mean = weightedMean(tape, losses, mask, numTokens);
      tape.backward(mean, seed);
      squares?.add(model.parameters);
      addInto(gpu, total, mean.tensor);
    }
    sums.finish();
    const shared = objective.sharedGrads?.() ?? [];
    if (squares !== undefined && shared.length > 0) throw partless();
    const numbers = squares === undefined ? [total] : [total, squares.sum];
    await this.#sumGrads([...shared, ...numbers]);
    objective.finish?.();
    const slices = this.#slices;
    this.#lossScale?.unscale(slices ?? model.parameters);
    using norm = slices === undefined
      ? gradNorm(gpu, model.parameters)
      : await slicedGradNorm(slices);
    this.optimizer.step({ lr, step: step + 1 }, norm);
    for (const ema of this.emas) ema.update(step + 1);
    await slices?.shareValues();
    model.parameters.updateHalves();
    const slot = this.#undrained.length * SLOT;
    const keep = ({ buffer, byteOffset }: Tensor, at: number) =>
      gpu.copy(
        { buffer, byteOffset, byteLength: 4 },
        { buffer: this.#ring.buffer, byteOffset: (slot + at) * 4, byteLength: 4 },
      );
    keep(total, 0);
    keep(norm, 1);
    keep(this.optimizer.skipped, 2);
    if (this.#lossScale !== undefined) {
      keep(this.#lossScale.state, 3);
      this.#lossScale.update(norm);
    }
    if (squares !== undefined) keep(squares.sum, 4);
    gpu.flush();
    this.#step++;
    this.#undrained.push({ step: this.#step, lr });
  }

  /** Sums gradients over all ranks: those of the parameters, and others with them. */
  async #sumGrads(others: readonly Tensor[]): Promise<void> {
    if (this.#slices !== undefined) {
      await this.#slices.sumGrads();
      return await this.#ranks.reduce(this.gpu, others);
    }
    const grads = this.model.parameters.segments.flatMap(({ grads }) => grads ?? []);
    await this.#ranks.reduce(this.gpu, [...grads, ...others]);
  }

  /** Tokens of a micro-batch. */
  #tokensOf(microBatch: number): number {
    const { tokensPerStep, numMicroBatches } = this.#objective;
    return this.#objective.tokensOf?.(microBatch) ??
      tokensPerStep / (this.#ranks.numRanks * numMicroBatches);
  }

  /** Waits for all recorded steps and returns their metrics. @throws {GpuError} */
  async drain(): Promise<StepMetrics[]> {
    const steps = this.#undrained;
    if (steps.length === 0) return [];
    const values = await this.gpu.read({
      buffer: this.#ring.buffer,
      byteOffset: 0,
      byteLength: steps.length * SLOT * 4,
    });
    this.#undrained = [];
    const counts = new Uint32Array(values.buffer);
    return steps.map(({ step, lr }, i) => {
      const slot = values.subarray(SLOT * i, SLOT * (i + 1));
      const [loss, gradNorm, , , partSquares] = slot;
      const lossScale = this.#lossScale && slot[3];
      const skippedSteps = counts[SLOT * i + 2]!;
      const skipped = skippedSteps > this.#skippedSteps;
      this.#skippedSteps = skippedSteps;
      return {
        ...{ step, loss: loss!, gradNorm: gradNorm!, lr, skipped },
        ...(lossScale !== undefined && { lossScale }),
        ...(this.#measuresNoise && {
          gradNoise: this.#noiseOf(gradNorm!, partSquares! / (lossScale ?? 1) ** 2),
        }),
      };
    });
  }

  /** The noise of a gradient by the sum of the squared norms of its parts. */
  #noiseOf(gradNorm: number, partSquares: number): GradNoise {
    const { numMicroBatches, tokensPerStep } = this.#objective;
    return gradNoise({
      ...{ partSquares, gradNorm },
      numParts: this.#ranks.numRanks * numMicroBatches,
      batchSize: tokensPerStep / this.model.config.length,
    });
  }

  /** Frees optimizer state, EMA and metrics; the model is its owner's. */
  [Symbol.dispose](): void {
    this.#lossScale?.[Symbol.dispose]();
    this.optimizer[Symbol.dispose]();
    for (const ema of this.emas) ema[Symbol.dispose]();
    this.#ring.release();
    this.#one.release();
  }
}

/** What there is to say of gradients that are not those of one micro-batch or another. */
function partless(): ConfigError {
  return new ConfigError(
    "train.gradNoiseScale: expected false, since flow.noise projected has gradients that all parts " +
      "of a batch have in common, found true. Set flow.noise to explicit to measure it.",
  );
}

/** Checks what an objective gives: anything else would train something else, without a word. */
function requireLosses({ tensor: { size }, needsGrad }: Value, numTokens: number): void {
  if (size !== numTokens) {
    throw new GpuError(
      `The objective gives ${size} losses for a micro-batch of ${numTokens} tokens: expected one ` +
        `for each.`,
    );
  }
  if (needsGrad) return;
  throw new GpuError(
    "The losses of the objective depend on no parameter: nothing would be trained. Is the model " +
      "asked on the tape that the objective is given?",
  );
}
