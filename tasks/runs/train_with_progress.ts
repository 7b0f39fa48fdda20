/**
 * What the training tasks have in common: a run with a progress bar.
 *
 * @module
 */

import { CONFIG } from "../../lib/checkpoint/files.ts";
import type { Frozen } from "../../lib/checkpoint/frozen.ts";
import { resumeCommand } from "../../lib/checkpoint/resume_command.ts";
import { formatBytes, formatCount } from "../../lib/cli/format.ts";
import { Interrupt, InterruptedError } from "../../lib/cli/interrupt.ts";
import type { StopCause } from "../../lib/cli/signal_thread.ts";
import { writeStderr } from "../../lib/cli/stderr.ts";
import { printResult, tell } from "../../lib/cli/stdout.ts";
import { configToYaml } from "../../lib/config/config_file.ts";
import { doubtfulSettings } from "../../lib/config/rules.ts";
import { OutOfMemoryError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { formatProfile } from "../../lib/gpu/profiler.ts";
import { methodTraining } from "../../lib/methods/base/method_training.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { validationTexts } from "../../lib/sampling/validation_texts.ts";
import { writeFileAtomic } from "../../lib/system/atomic.ts";
import { refuseLinksOut } from "../../lib/system/links.ts";
import { pathForCaller, sameCommand } from "../../lib/system/task_command.ts";
import { anyRank, ONE_RANK, type Ranks } from "../../lib/train/ranks.ts";
import type { TrainRunResult } from "../../lib/train/training_loop.ts";
import type { LoggerName } from "../../lib/train/run_log.ts";
import { withPlan } from "../planning/out_of_memory.ts";
import { verifyProgress } from "../shards/verify_progress.ts";
import { commitOf } from "./commit.ts";
import { describeFinished, describeReplaced, describeResult } from "./describe_training.ts";
import { withOwnJudge } from "./judge_place.ts";
import type { ChosenRun } from "./read_run.ts";
import { RUNS } from "./run_folders.ts";
import { openRunJudge, otherBest } from "./run_judge.ts";
import { writeTeacherRuns } from "./teacher_runs.ts";
import { TrainingBar } from "./training_bar.ts";
import { describeOtherWays, tuneWithProgress } from "./tune_with_progress.ts";

/** Options of {@linkcode train}. */
export interface TrainOptions {
  /** The frozen models that the method learns from, which the run records; none unless given. */
  frozen?: Readonly<Record<string, Frozen>>;
  /** Text before the progress bar; `train` unless told. */
  label?: string;
  /** Goes on from the run's newest checkpoint. */
  resume?: boolean;
  /** Tries the ways to compute its products first. */
  autotune?: boolean;
  /** What takes the metrics besides the metrics file, and what took them before: that goes on. */
  loggers?: readonly LoggerName[];
  /** Prints a table of kernels by time at the end. */
  profile?: boolean;
  /** The processes that train together; this one alone unless given. */
  ranks?: Ranks;
}

/**
 * Trains with a progress bar on standard error and validation losses on standard output.
 *
 * @throws {InterruptedError} after Ctrl-C, when the checkpoint has been written.
 */
export async function train(
  gpu: Gpu,
  { config, method, run, step }: ChosenRun,
  options: TrainOptions = {},
): Promise<TrainRunResult> {
  const { frozen = {}, label = "train", resume = false } = options;
  const { autotune = false, profile = false, ranks = ONE_RANK } = options;
  const { train, optim } = methodTraining(config, method);
  // The others are squared errors.
  const unit = method.isCrossEntropy ? " nats/token" : "";
  await refuseLinksOut(run, RUNS);
  const commit = await commitOf(".");
  const notes = [...doubtfulSettings(train, optim), otherBest({ config, method }) ?? []].flat();
  for (const each of notes) writeStderr(`Note: ${each}.\n`);
  const among = ranks.numRanks === 1 ? "" : `, rank 0 of ${ranks.numRanks}`;
  tell(`Run ${pathForCaller(run)} on ${gpu.description}${among}`);
  const goOn = resumeCommand(run, { backend: gpu.backend });
  using interrupt = new Interrupt({
    notice: "Stopping after the steps under way; press Ctrl-C again to quit without a checkpoint.",
    saves: true,
    // A new run is not there before its first step.
    goOn: resume ? goOn : sameCommand(label, Deno.args),
  });
  using verifying = verifyProgress();
  using bar = new TrainingBar({ label, total: train.numSteps, unit });
  using judge = await openRunJudge(gpu, { config, method });
  try {
    const result = await trainRun({
      gpu,
      config,
      method,
      frozen,
      run,
      resume,
      writeSamples: validationTexts({ method, config, ...(judge && { judge }) }),
      ...(commit !== null && { commit }),
      ...(options.loggers && { loggers: options.loggers }),
      ranks,
      ...(step !== undefined && { step }),
      onNeeds: ({ parameters, bytes }) =>
        tell(
          `${formatCount(parameters)} parameters: ${formatBytes(bytes)} of GPU memory with ` +
            `gradients, moments and average, and more for a step`,
        ),
      onReplace: (from, later) => tell(describeReplaced(from, later)),
      ...(autotune && { tune: tuneWithProgress(interrupt.signal) }),
      onOtherWays: (change) => tell(describeOtherWays(change)),
      onOtherBackend: (before, now) =>
        tell(`Until now the backend was ${before}: by ${now} sums may differ in their last bits`),
      signal: interrupt.signal,
      saveRequested: () => interrupt.takeSaveRequest(),
      onVerify: verifying.onProgress,
      async onStart(step, settled, time) {
        if (ranks.rank === 0) {
          await writeFileAtomic(`${run}/${CONFIG}`, await configToYaml(settled));
          await writeTeacherRuns(run, frozen);
        }
        interrupt.goOnBy(goOn);
        // Not before, since the autotuner measures kernels, too.
        if (profile) gpu.startProfile();
        bar.start(step, time);
      },
      ...bar.hooks,
    });
    if (result.stepsDone === 0 && !result.interrupted) {
      printResult({ run, ...result }, () => describeFinished(run, result.step));
      return result;
    }
    bar.finish();
    const peakMemoryBytes = gpu.memory().peak;
    printResult({ run, ...result, peakMemoryBytes }, () => describeResult(result, peakMemoryBytes));
    if (profile) tell(formatProfile(await gpu.endProfile()));
    if (result.interrupted) {
      throw new InterruptedError(await commonCause(interrupt.signal, ranks), goOn);
    }
    interrupt.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw error instanceof OutOfMemoryError
      ? await withPlan(error, {
        ...{ gpu, config: withOwnJudge(config), method },
        numRanks: ranks.numRanks,
      })
      : error;
  }
}

/**
 * Why all ranks stop. Launchers make one exit status of theirs, so that what one of them was told
 * about starting again counts for all.
 */
async function commonCause(signal: AbortSignal, ranks: Ranks): Promise<StopCause> {
  const own: StopCause = signal.reason?.stopCause ?? "SIGTERM";
  return await anyRank(ranks, own === "SIGUSR1") ? "SIGUSR1" : own;
}
