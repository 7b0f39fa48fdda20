/**
 * The progress bar of a training, and what is said above it.
 *
 * @module
 */

import { formatCount, formatNumber, formatSteps } from "../../lib/cli/format.ts";
import { Progress, type TimedEnd } from "../../lib/cli/progress.ts";
import type { RunHooks } from "../../lib/train/run_hooks.ts";
import { describeSamples, describeValidation } from "./describe_training.ts";

/** What a {@linkcode TrainingBar} shows. */
export interface TrainingBarOptions {
  /** Text before the bar. */
  readonly label: string;
  /** Steps of the training. */
  readonly total: number;
  /** What follows a validation loss, such as ` nats/token`. */
  readonly unit: string;
}

/** Shows a training as it goes on. */
export class TrainingBar implements Disposable {
  readonly #options: TrainingBarOptions;
  #bar: Progress | undefined;

  /** Shows nothing before {@linkcode start}. */
  constructor(options: TrainingBarOptions) {
    this.#options = options;
  }

  /** Begins, with the steps that were done before, and how much time has passed if that ends it. */
  start(step: number, time: TimedEnd | null): void {
    const { label, total } = this.#options;
    this.#bar = new Progress({ label, total, start: step });
    this.#bar.update(step, "starting", time);
  }

  /** What a run calls from its first step on. */
  readonly hooks: Required<
    Pick<RunHooks, "onSteps" | "onPause" | "onUnhealthy" | "onValidation">
  > = {
    onSteps: ({ step, loss }, skipped, time) => {
      const left = skipped === 0 ? "" : `, ${formatSteps(skipped)} left out`;
      this.#bar?.update(step, `loss ${formatNumber(loss)}${left}`, time);
    },
    onPause: (reason) => this.#bar?.pause(reason === "validation" ? "validating" : "saving"),
    onUnhealthy: (step, fault, newest) => {
      const from = newest === null ? "there is none yet" : `the last one is of step ${newest}`;
      this.#log(`step ${formatCount(step)}: no checkpoint is written, since ${fault}; ${from}`);
    },
    onValidation: (step, loss, samples) => {
      this.#log(`step ${formatCount(step)}: ${describeValidation(loss, this.#options.unit)}`);
      for (const each of samples) this.#log(describeSamples(each));
    },
  };

  /** Ends with a line that stays. */
  finish(): void {
    this.#bar?.finish();
  }

  /** Ends where it stands. */
  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }

  #log(line: string): void {
    this.#bar?.log(line);
  }
}
