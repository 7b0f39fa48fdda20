/**
 * Trains an FLM on token shards:
 * `deno task train --config data/demo.yaml [--resume RUN] [--KEY VALUE]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { formatBytes, formatCount, formatNumber } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { path } from "../lib/cli/paths.ts";
import { Progress } from "../lib/cli/progress.ts";
import { optional } from "../lib/cli/flags.ts";
import { type Config, configKeys } from "../lib/config.ts";
import { boolean } from "../lib/config/field.ts";
import { configToYaml, loadConfig } from "../lib/config_file.ts";
import { ConfigError } from "../lib/errors.ts";
import type { ValidationLoss } from "../lib/eval/validation.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { formatProfile } from "../lib/gpu/profiler.ts";
import { writeFileAtomic } from "../lib/io/atomic.ts";
import { trainRun, type TrainRunResult } from "../lib/train/run.ts";

/** Options of {@linkcode train}. */
export interface TrainOptions {
  /** Goes on from the run's newest checkpoint. */
  resume?: boolean;
  /** Prints a table of kernels by time at the end. */
  profile?: boolean;
}

/** The folder of a configuration's run. */
export function runFolder(config: Config): string {
  return `runs/${config.name}`;
}

/** Means of the losses in four bins of the time, for people. */
export function describeValidation({ loss, standardError, byTime }: ValidationLoss): string {
  // A bin of few samples may have none.
  const bins = byTime.flatMap((value, i) =>
    Number.isNaN(value)
      ? []
      : `t ${i / byTime.length}–${(i + 1) / byTime.length}: ${formatNumber(value)}`
  );
  return `validation loss ${formatNumber(loss)} ± ${formatNumber(standardError)} nats/token ` +
    `(${bins.join(", ")})`;
}

/**
 * Trains with a progress bar on standard error and validation losses on standard output.
 *
 * @throws {InterruptedError} after Ctrl-C, when the checkpoint has been written.
 */
export async function train(
  gpu: Gpu,
  config: Config,
  run: string,
  { resume = false, profile = false }: TrainOptions = {},
): Promise<TrainRunResult> {
  const { numSteps } = config.train;
  console.log(`Run ${run} on ${gpu.description}`);
  using interrupt = new Interrupt(() =>
    bar?.log("Stopping after this step; press Ctrl-C again to quit without a checkpoint.")
  );
  let bar: Progress | undefined;
  if (profile) gpu.startProfile();
  try {
    const result = await trainRun({
      gpu,
      config,
      run,
      resume,
      signal: interrupt.signal,
      async onStart(step) {
        await writeFileAtomic(`${run}/config.yaml`, configToYaml(config));
        bar = new Progress({ label: "train", total: numSteps, start: step });
      },
      onSteps: ({ step, loss }) => bar?.update(step, `loss ${formatNumber(loss)}`),
      onValidation: (step, loss) => {
        bar?.log(`step ${formatCount(step)}: ${describeValidation(loss)}`);
      },
    });
    bar?.finish();
    console.log(`Checkpoint ${result.checkpoint}`);
    console.log(`Peak GPU memory ${formatBytes(gpu.memory().peak)}`);
    if (profile) console.log(formatProfile(await gpu.endProfile()));
    interrupt.signal.throwIfAborted();
    return result;
  } finally {
    bar?.[Symbol.dispose]();
  }
}

/** Writes each kernel that is compiled into a folder. */
function wgslDump(folder: string): (label: string, code: string) => void {
  return (label, code) => {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/${label.replaceAll(" ", "_")}.wgsl`, code);
  };
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: "deno task train",
      doc: "Trains an FLM on the token shards of a configuration.",
      flags: {
        config: optional(path({
          doc: "The configuration; a resumed run has its own.",
          expected: "a YAML file",
        })),
        resume: optional(path({
          doc: "Go on with this run from its newest checkpoint.",
          expected: "a run folder",
        })),
        profile: boolean({ doc: "Print a table of kernels by time at the end.", fallback: false }),
        dumpWgsl: boolean({
          doc: "Write every kernel, its template expanded, to the run's folder wgsl/.",
          fallback: false,
        }),
      },
      overrides: configKeys(),
    });
    const file = flags.config ?? (flags.resume && `${flags.resume}/config.yaml`);
    if (!file) {
      throw new ConfigError(
        "Nothing to train: give --config FILE (such as data/demo.yaml) or --resume RUN.",
      );
    }
    const config = await loadConfig(file, overrides);
    const run = flags.resume ?? runFolder(config);
    using gpu = await Gpu.open(flags.dumpWgsl ? { dumpWgsl: wgslDump(`${run}/wgsl`) } : {});
    await train(gpu, config, run, {
      resume: flags.resume !== null,
      profile: flags.profile,
    });
  });
}
