/**
 * The autotuner of the training tasks, with a progress bar.
 *
 * @module
 */

import { Progress } from "../../lib/cli/progress.ts";
import { writeStderr } from "../../lib/cli/stderr.ts";
import { tell } from "../../lib/cli/stdout.ts";
import { sentenceOf } from "../../lib/errors.ts";
import type { RunToTune, Tune } from "../../lib/methods/train_run.ts";
import { describeNames } from "../../lib/schema/field.ts";
import { refuseLinksOut } from "../../lib/system/links.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import type { WaysChange } from "../../lib/train/run_ways.ts";
import { autotuner, type TuneReport } from "../../lib/tuning/autotune.ts";
import { RUNS } from "./run_folders.ts";

/** Where the autotuner keeps what it finds: tasks that train may write there. */
const WAYS = `${RUNS}/.ways`;

/** The autotuner, with a bar on standard error, until it is stopped by a signal. */
export function tuneWithProgress(signal: AbortSignal): Tune {
  return async (run: RunToTune) => {
    await refuseLinksOut(WAYS, RUNS);
    let bar: Progress | undefined;
    const say = (line: string) => bar === undefined ? writeStderr(`${line}\n`) : bar.log(line);
    try {
      await autotuner({
        folder: WAYS,
        signal,
        onProduct: (done, total, product) => {
          bar ??= new Progress({ label: "autotune", total, unit: "product" });
          bar.update(done, product);
        },
        onUnreadable: ({ message }) => say(`${sentenceOf(message)} All products are tried anew.`),
        onWrong: (way, product) =>
          say(
            `The product ${product} is wrong by the kernel "${way}" on ${run.gpu.description}: it ` +
              `is not used. Please report what ${taskCommand("doctor")} says.`,
          ),
        onTuned: (report) => {
          bar?.update(report.products, "");
          bar?.finish();
          tell(describeTuned(report));
        },
      })(run);
    } finally {
      bar?.[Symbol.dispose]();
    }
  };
}

/** What the autotuner did. */
export function describeTuned({ products, tried, changed }: TuneReport): string {
  if (tried === 0) return `The ways to compute ${products} products are known from ${WAYS}`;
  const known = products === tried ? "" : `, ${products - tried} were known`;
  return `Tried the ways to compute ${tried} products${known}: ${changed} take another than the ` +
    `usual one`;
}

/** Why the sums of a run that goes on may differ in their last bits from now on. */
export function describeOtherWays(change: WaysChange): string {
  const effect = "from now on sums may differ in their last bits";
  switch (change.reason) {
    case "adapter":
      return `The run was tuned for another device, ${change.adapter}: ${effect}`;
    case "unknown":
      return `The run was tuned by another version, whose ways to compute ` +
        `${describeNames(change.products)} are not known here: ${effect}`;
    case "tuned":
      return `Until now the run was not tuned: ${effect}`;
  }
}
