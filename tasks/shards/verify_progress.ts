/**
 * How far token shards are compared with their hashes.
 *
 * @module
 */

import { formatBytes } from "../../lib/cli/format.ts";
import { Progress } from "../../lib/cli/progress.ts";

/** Milliseconds after which it is worth telling. */
const PATIENCE = 1000;

/** A progress bar that appears if it takes longer than a moment, and ends by itself. */
export class VerifyProgress implements Disposable {
  readonly #started = performance.now();
  #bar: Progress | null = null;

  /** Takes the bytes compared so far, and of all shards. */
  readonly update = (done: number, total: number): void => {
    if (this.#bar === null && performance.now() - this.#started < PATIENCE) return;
    const start = done;
    this.#bar ??= new Progress({
      label: "verify",
      total,
      start,
      unit: "byte",
      format: formatBytes,
    });
    this.#bar.update(done);
    if (done === total) this.#bar.finish();
  };

  /** Ends the bar where it stands. */
  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }
}
