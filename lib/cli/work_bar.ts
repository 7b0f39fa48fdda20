/**
 * A progress bar for work that takes longer than a moment, and that nobody had to ask for.
 *
 * @module
 */

import { type LongWork, showWorkBy, UNSEEN, type WorkToShow } from "../system/long_work.ts";
import { visibleText } from "../system/visible.ts";
import { Progress, type ProgressOutput } from "./progress.ts";

/** Seconds after which it is worth telling. */
const PATIENCE = 2;
/** Milliseconds after which the bar moves on where nothing can be counted. */
const TICK = 1000;

/** Where such bars are drawn; standard error unless told. */
export interface WorkBarOptions {
  /** Where they are drawn. */
  readonly output?: ProgressOutput;
  /** The time in milliseconds. */
  readonly now?: () => number;
}

/**
 * From now on work is shown that takes longer than a moment, by a bar that goes when it ends. What
 * is done as a part of other work, or beside it, is not shown of its own.
 */
export function showLongWork(options: WorkBarOptions = {}): void {
  let isShown = false;
  showWorkBy((work) => {
    if (isShown) return UNSEEN;
    isShown = true;
    return new WorkBar(work, options, () => isShown = false);
  });
}

class WorkBar implements LongWork {
  readonly #bar: Progress;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #onEnd: () => void;
  #done = 0;

  constructor({ label, ...counted }: WorkToShow, options: WorkBarOptions, onEnd: () => void) {
    this.#bar = new Progress({
      ...{ label: visibleText(label), ...counted, patience: PATIENCE },
      ...options,
    });
    this.#onEnd = onEnd;
    this.#timer = setInterval(() => this.add(0), TICK);
    // A program does not go on for it.
    Deno.unrefTimer(Number(this.#timer));
  }

  add(count: number): void {
    this.#bar.update(this.#done += count);
  }

  progress(done: number, total: number | null): void {
    this.#bar.onProgress(this.#done = done, total);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#bar.finish();
    this.#onEnd();
  }
}
