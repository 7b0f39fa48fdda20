/**
 * What a training takes, told before it runs: its own code runs on a dry device, whose counts are
 * those of a device with the same limits.
 *
 * @module
 */

import type { TrainPrecision } from "../config/config.ts";
import type { Recompute } from "../model/network.ts";
import { countParameters } from "../model/parameters.ts";
import { judgeName } from "./dry_judge.ts";
import { type DryRun, type DryRunOptions, openDryRun, type StandingBytes } from "./dry_run.ts";

/** Bytes on a device when most are in use, by what they are for: their sum is the peak. */
export interface PlannedBytes extends StandingBytes {
  /** The batch, and what the tape holds at the end of a micro-batch's forward pass. */
  readonly activations: number;
  /** The most that comes on top: chunks at vocabulary width, gradients on their way back. */
  readonly work: number;
}

/** The memory that a training takes on each card. */
export interface MemoryPlan {
  /** The kind of its method. */
  readonly kind: string;
  /** Numbers that are trained. */
  readonly parameters: number;
  /** In what precision it computes. */
  readonly precision: TrainPrecision;
  /** What it computes again in place of keeping it. */
  readonly recompute: Recompute;
  /** Steps of the training. */
  readonly numSteps: number;
  /** Blocks of a step, over all cards. */
  readonly batchSize: number;
  /** Cards that share them. */
  readonly cards: number;
  /** Blocks in one pass through the network, at most. */
  readonly microBatchSize: number;
  /** Passes of a step. */
  readonly numMicroBatches: number;
  /** What the peak consists of. */
  readonly bytes: PlannedBytes;
  /** The judge of its validations, if its size is not known and so not counted; else null. */
  readonly uncountedJudge: string | null;
  /** The most bytes in use at a time, as a training says it at its end. */
  readonly peak: number;
  /** Bytes of all buffers by then, those kept for reuse included: what a card must have. */
  readonly held: number;
}

/** Memory and work of a training, on each card. */
export interface TrainingPlan extends MemoryPlan {
  /** Floating-point operations of a step: those of matrix products, attention and sums of rows. */
  readonly flops: number;
  /** Bytes of a step: all that kernels are given, each buffer counted for each kernel. */
  readonly traffic: number;
}

/**
 * Plans the memory of a training.
 *
 * @throws {DataError} if the cards cannot share its batch evenly.
 * @throws {OutOfMemoryError} if a buffer is larger than a binding may be, or the memory that the
 * device was given ends.
 */
export async function planMemory(options: DryRunOptions): Promise<MemoryPlan> {
  using run = openDryRun(options);
  return await measureMemory(run, options);
}

/** Plans memory and work of a training. @throws As {@linkcode planMemory}. */
export async function planTraining(options: DryRunOptions): Promise<TrainingPlan> {
  using run = openDryRun(options);
  return { ...await measureMemory(run, options), ...await countWork(run) };
}

/** Does what decides a run's memory: a step, and what else happens before and between steps. */
async function measureMemory(
  run: DryRun,
  options: DryRunOptions,
): Promise<MemoryPlan> {
  const { method: { kind }, cards = 1 } = options;
  const { gpu, training: { networkClass, modelConfig, train }, numMicroBatches } = run;
  const before = gpu.memory().inUse;
  gpu.resetPeak();
  await run.probe();
  await run.trainer.recordStep();
  await run.validate();
  const { peak, reserved } = gpu.memory();
  const activations = run.forwardBytes() - before;
  return {
    kind,
    parameters: countParameters(networkClass.specs(modelConfig)),
    precision: train.precision,
    recompute: train.recompute,
    numSteps: train.numSteps,
    batchSize: train.batchSize,
    cards,
    microBatchSize: Math.ceil(train.batchSize / cards / numMicroBatches),
    numMicroBatches,
    bytes: { ...run.standing, activations, work: peak - before - activations },
    uncountedJudge: run.standing.judge > 0 ? null : judgeName(options),
    peak,
    held: reserved,
  };
}

/** Counts a step: what its micro-batches do, and what the optimizer does after them. */
async function countWork(
  { gpu, trainer, objective }: DryRun,
): Promise<Pick<TrainingPlan, "flops" | "traffic">> {
  const count = async () => {
    gpu.startProfile();
    await trainer.recordStep();
    const rows = await gpu.endProfile();
    const sum = (of: "flops" | "bytes") => rows.reduce((sum, row) => sum + row[of], 0);
    return { flops: sum("flops"), traffic: sum("bytes") };
  };
  const some = await count();
  const tokens = objective.tokensPerStep;
  const { chosen } = objective;
  objective.chosen = [];
  const rest = await count();
  objective.chosen = chosen;
  const times = objective.tokensOfAll / tokens;
  const all = (of: keyof typeof some) => rest[of] + times * (some[of] - rest[of]);
  return { flops: all("flops"), traffic: all("traffic") };
}
