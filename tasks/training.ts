/**
 * What the training tasks have in common: their flags, and a run with a progress bar.
 *
 * @module
 */

import { kebab, optional } from "../lib/cli/flags.ts";
import { formatBytes, formatCount, formatNumber, formatSteps } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { path, shownPath } from "../lib/cli/paths.ts";
import { Progress } from "../lib/cli/progress.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import { print } from "../lib/cli/stdout.ts";
import type { Config, StageName } from "../lib/config.ts";
import { fullKey } from "../lib/config/overrides.ts";
import { doubtfulSettings } from "../lib/config/rules.ts";
import { unheededKeys } from "../lib/config/stage.ts";
import { pathForCaller, taskCommand } from "../lib/io/task_command.ts";
import { boolean, describeValue, integer } from "../lib/schema/field.ts";
import { configToYaml, loadConfig } from "../lib/config_file.ts";
import { MANIFEST_FILE } from "../lib/data/manifest.ts";
import { readManifest } from "../lib/data/read_manifest.ts";
import { originDifferences, originOfConfig, originOfShards } from "../lib/data/shard_origin.ts";
import { localIdentity } from "../lib/data/sources_local.ts";
import { ConfigError, DataError } from "../lib/errors.ts";
import type { ValidationLoss } from "../lib/eval/validation.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { formatProfile } from "../lib/gpu/profiler.ts";
import { exists } from "../lib/io/exists.ts";
import { writeFileAtomic } from "../lib/io/atomic.ts";
import { explainSystemError } from "../lib/io/system_error.ts";
import { refuseLinksOut } from "../lib/io/links.ts";
import { trainRun, type TrainRunResult } from "../lib/train/run.ts";
import type { Stage } from "../lib/train/stages.ts";
import { resumePoint } from "./resuming.ts";
import { VerifyProgress } from "./shards/verify_progress.ts";

/** The flags of every training task. */
export const TRAINING_FLAGS = {
  config: optional(path({
    doc: "The configuration; a resumed run has its own.",
    expected: "a YAML file",
  })),
  resume: optional(path({
    doc: "Go on with this run from its newest checkpoint.",
    expected: "a run folder",
  })),
  step: optional(integer({
    doc: "Go on from the checkpoint of this step, as --resume RUN/checkpoints/STEP does.",
    min: 0,
  })),
  profile: boolean({ doc: "Print a table of kernels by time at the end.", fallback: false }),
  dumpWgsl: boolean({
    doc: "Write every kernel, its template expanded, to the run's folder wgsl/.",
    fallback: false,
  }),
};

/** Values of {@linkcode TRAINING_FLAGS}. */
export interface TrainingFlags {
  /** The configuration's file. */
  readonly config: string | null;
  /** The run to go on with. */
  readonly resume: string | null;
  /** The step of the checkpoint to go on from; the newest unless given. */
  readonly step?: number | null;
  /** Whether to print a table of kernels. */
  readonly profile: boolean;
  /** Whether to write the kernels. */
  readonly dumpWgsl: boolean;
}

/** The folder of all runs, which tasks may write. */
export const RUNS = "runs";

/** What the folders of later stages end with. */
const SUFFIXES: Readonly<Record<StageName, string>> = {
  distill: "-distill",
  secondStage: "-second",
  ar: "-ar",
};

/** The folder of a configuration's run, or of a later stage, such as `runs/demo-distill`. */
export function runFolder(config: Config, stage?: StageName): string {
  return `${RUNS}/${config.name}${stage === undefined ? "" : SUFFIXES[stage]}`;
}

/** What a task trains, and where. */
export interface Training {
  /** The configuration, overrides included. */
  config: Config;
  /** The run's folder. */
  run: string;
  /** The step to go on from, if the run is resumed, but not from its newest checkpoint. */
  step?: number;
}

/**
 * Reads the configuration of a training from its flags.
 *
 * @param stage Which of the later trainings it is.
 * @throws {ConfigError} if there is nothing to train or the configuration is wrong.
 * @throws {DataError} if there are no token shards.
 */
export async function readTraining(
  flags: TrainingFlags,
  overrides: Readonly<Record<string, string>>,
  stage?: StageName,
): Promise<Training> {
  const from = resumePoint(flags);
  const file = flags.config ?? (from && `${from.run}/config.yaml`);
  if (!file) {
    throw new ConfigError(
      "Nothing to train: give --config FILE (such as data/demo.yaml) or --resume RUN.",
    );
  }
  const config = await loadConfig(file, overrides);
  if (stage !== undefined) checkOverrides(config, stage, overrides, flags.config === null);
  const source = ["--config", shownPath(file), ...dataArguments(overrides)];
  await requireShards(config, taskCommand("preprocess", source), flags.resume !== null);
  const run = from?.run ?? runFolder(config, stage);
  return { config, run, ...(from?.step !== undefined && { step: from.step }) };
}

/**
 * Says which of the keys set on the command line this training does not heed. They may be meant for
 * others if a recipe is given, but not if a run is.
 *
 * @throws {ConfigError} if the configuration is the run's own.
 */
function checkOverrides(
  config: Config,
  stage: StageName,
  overrides: Readonly<Record<string, string>>,
  ownConfig: boolean,
): void {
  for (
    const { key, own, value } of unheededKeys(config, stage, Object.keys(overrides).map(fullKey))
  ) {
    const message = `${key} changes nothing here, since ${own} is ${describeValue(value)}`;
    if (ownConfig) throw new ConfigError(`${message}. Set it by --${kebab(own)}.`);
    writeStderr(`Note: ${message}.\n`);
  }
}

/** The overrides that decide what shards there must be. */
function dataArguments(overrides: Readonly<Record<string, string>>): string[] {
  return Object.entries(overrides)
    .filter(([key]) => key.startsWith("data."))
    .map(([key, value]) => `--${key}=${value}`);
}

/**
 * Says by which command to make the shards if there are none, or if their text has changed since,
 * before anything else is done. A run that is resumed keeps to its shards.
 */
async function requireShards({ data }: Config, command: string, resumed: boolean): Promise<void> {
  if (!await exists(`${data.dir}/${MANIFEST_FILE}`)) {
    throw new DataError(`There are no token shards in ${data.dir}. Make them first: ${command}`);
  }
  if (resumed) return;
  const manifest = await readManifest(data.dir);
  // Another source is found to be so by its name.
  if (originDifferences(originOfShards(manifest), originOfConfig(data)).length > 0) return;
  const identity = await localIdentity(data.source);
  if (identity === null || identity === manifest.corpus.identity) return;
  const [before, now] = [manifest.corpus.identity, identity].map((each) => each.slice(0, 24));
  throw new DataError(
    `The text of data.source has changed since the shards in ${data.dir} were made: it was ` +
      `${before}, is ${now}. Make them again: ${command}`,
  );
}

/** Opens the adapter for a training, writing its kernels if that is asked for. */
export function openGpu({ dumpWgsl }: TrainingFlags, run: string): Promise<Gpu> {
  return Gpu.open(dumpWgsl ? { dumpWgsl: wgslDump(`${run}/wgsl`) } : {});
}

/** Writes each kernel that is compiled into a folder. */
function wgslDump(folder: string): (label: string, code: string) => void {
  return (label, code) => {
    const path = `${folder}/${label.replaceAll(" ", "_")}.wgsl`;
    try {
      Deno.mkdirSync(folder, { recursive: true });
      Deno.writeTextFileSync(path, code);
    } catch (error) {
      throw explainSystemError("write", path, error);
    }
  };
}

/** Options of {@linkcode train}. */
export interface TrainOptions {
  /** Which training of the chain; the first unless given. */
  stage?: Stage;
  /** Text before the progress bar; `train` unless told. */
  label?: string;
  /** Goes on from the run's newest checkpoint. */
  resume?: boolean;
  /** Prints a table of kernels by time at the end. */
  profile?: boolean;
  /** Called before the first step, when the run's folder is there. */
  onStart?: () => Promise<void>;
}

/**
 * Trains with a progress bar on standard error and validation losses on standard output.
 *
 * @throws {InterruptedError} after Ctrl-C, when the checkpoint has been written.
 */
export async function train(
  gpu: Gpu,
  { config, run, step }: Training,
  options: TrainOptions = {},
): Promise<TrainRunResult> {
  const { stage, label = "train", resume = false, profile = false, onStart } = options;
  const { train, optim } = stage ?? config;
  const total = train.numSteps;
  await refuseLinksOut(run, RUNS);
  for (const each of doubtfulSettings(train, optim)) writeStderr(`Note: ${each}.\n`);
  print(`Run ${pathForCaller(run)} on ${gpu.description}`);
  using interrupt = new Interrupt({
    notice: "Stopping after this step; press Ctrl-C again to quit without a checkpoint.",
    saves: true,
  });
  using verifying = new VerifyProgress();
  let bar: Progress | undefined;
  if (profile) gpu.startProfile();
  try {
    const result = await trainRun({
      gpu,
      config,
      ...(stage && { stage }),
      run,
      resume,
      ...(step !== undefined && { step }),
      onNeeds: ({ parameters, bytes }) =>
        print(
          `${formatCount(parameters)} parameters: ${formatBytes(bytes)} of GPU memory with ` +
            `gradients, moments and average, and more for a step`,
        ),
      onReplace: (from, later) => print(describeReplaced(from, later)),
      signal: interrupt.signal,
      saveRequested: () => interrupt.takeSaveRequest(),
      onVerify: verifying.update,
      async onStart(step) {
        await writeFileAtomic(`${run}/config.yaml`, configToYaml(config));
        await onStart?.();
        bar = new Progress({ label, total, start: step });
      },
      onSteps: ({ step, loss }, skipped) => {
        const left = skipped === 0 ? "" : `, ${formatSteps(skipped)} left out`;
        bar?.update(step, `loss ${formatNumber(loss)}${left}`);
      },
      onUnhealthy: (step, fault, newest) => {
        const from = newest === null ? "there is none yet" : `the last one is of step ${newest}`;
        bar?.log(`step ${formatCount(step)}: no checkpoint is written, since ${fault}; ${from}`);
      },
      onValidation: (step, loss) => {
        bar?.log(`step ${formatCount(step)}: ${describeValidation(loss)}`);
      },
    });
    if (result.stepsDone === 0 && !result.interrupted) {
      print(describeFinished(run, result.step));
      return result;
    }
    bar?.finish();
    print(`Checkpoint ${pathForCaller(result.checkpoint)}`);
    if (result.skippedSteps > 0) {
      print(`${formatSteps(result.skippedSteps)} left out: the gradients were not finite`);
    }
    print(`Peak GPU memory ${formatBytes(gpu.memory().peak)}`);
    if (profile) print(formatProfile(await gpu.endProfile()));
    interrupt.signal.throwIfAborted();
    return result;
  } finally {
    bar?.[Symbol.dispose]();
  }
}

/** Why a run is left as it is. */
function describeFinished(run: string, step: number): string {
  return `Nothing to do: ${pathForCaller(run)} is at its end, step ${formatCount(step)}.`;
}

/** What a run that goes back does with the checkpoints after its step. */
function describeReplaced(step: number, later: readonly number[]): string {
  const steps = later.map(formatCount).join(", ");
  return `Going on from step ${formatCount(step)}. Metrics after it are removed now; what the ` +
    `run has of later checkpoints (${steps}) goes when the next one has been written.`;
}

/** The mean loss and, where there are any, those of the four quarters of the time. */
function describeValidation({ loss, standardError, byTime }: ValidationLoss): string {
  // A quarter of few samples may have none.
  const bins = byTime.flatMap((value, i) =>
    Number.isNaN(value)
      ? []
      : `t ${i / byTime.length}–${(i + 1) / byTime.length}: ${formatNumber(value)}`
  );
  const mean = `validation loss ${formatNumber(loss)} ± ${formatNumber(standardError)} nats/token`;
  return bins.length === 0 ? mean : `${mean} (${bins.join(", ")})`;
}
