/**
 * A training run from configuration to checkpoint.
 *
 * @module
 */

import { keptCheckpoints } from "../checkpoint/kept.ts";
import { identitiesOf } from "../checkpoint/learned_from.ts";
import { removeReplaced } from "../checkpoint/writer.ts";
import { deviceFacts } from "../gpu/device_facts.ts";
import { openRun } from "./open_run.ts";
import { ONE_RANK } from "./ranks.ts";
import type { RunTrainingOptions } from "./run_hooks.ts";
import { type TakenRun, takeRun } from "./take_run.ts";
import { isTrained } from "./time_limit.ts";
import { TrainingLoop, type TrainRunResult } from "./training_loop.ts";

/**
 * Trains a model, or goes on training it. A run that is at its end already stays as it is,
 * but for what its last checkpoint replaces, if it was killed before it could remove that.
 *
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {CheckpointError} if there is nothing to resume or it does not fit, or if the run
 * folder holds a run already and `resume` is not asked for.
 * @throws {GpuError} if the device fails.
 * @throws {FlmError} if loss, gradients or weights are not finite and stay so: it names the last
 * healthy checkpoint, after which none was written.
 */
export async function runTraining(options: RunTrainingOptions): Promise<TrainRunResult> {
  using taken = await takeRun(options);
  await requireSameRun(options, taken);
  const { previous, training: { train } } = taken;
  if (previous !== undefined && isTrained(previous.state, train)) {
    const { location: checkpoint, state: { step, best } } = previous;
    const { run, ranks = ONE_RANK } = options;
    if (ranks.rank === 0) await removeReplaced(run, step, keptCheckpoints(train, best));
    return {
      stepsDone: 0,
      skippedSteps: 0,
      step,
      interrupted: false,
      validation: undefined,
      checkpoint,
    };
  }
  using opened = await openRun(options, taken);
  const loop = new TrainingLoop(options, opened);
  await loop.requireSoundStart(taken);
  await options.onStart?.(opened.trainer.step, taken.config, loop.timePassed);
  return await loop.run();
}

/** Checks that all ranks are about to train the same, in the same way, before they begin. */
async function requireSameRun(
  { gpu, ranks = ONE_RANK }: RunTrainingOptions,
  { config, tokenizer, shards, training, previous }: TakenRun,
): Promise<void> {
  const { kind, teachers } = training;
  await ranks.compare({
    ...{ configuration: config, method: kind },
    // With the hashes of its files.
    checkpoint: previous?.state ?? null,
    teachers: identitiesOf(teachers),
    data: shards.manifest.configHash,
    tokenizer: tokenizer.fingerprint,
    device: deviceFacts(gpu),
  });
}
