/**
 * Runs that are measured one after another.
 *
 * @module
 */

import { shownPath } from "../../lib/cli/paths.ts";
import { print, printResult } from "../../lib/cli/stdout.ts";
import { speaksJson } from "../../lib/cli/voice.ts";
import type { BackendName } from "../../lib/gpu/backend.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";

/** What was found of a run. */
export interface FoundOfRun<R> {
  /** The run. */
  readonly run: string;
  /** What was found. */
  readonly found: R;
}

/** How it is put into words: that of each run as it comes, or that of all of them in the end. */
export type FoundInWords<R> =
  | { readonly each: (found: R) => string }
  | { readonly all: (results: readonly FoundOfRun<R>[]) => string };

/** How runs are measured. */
export interface Measurement<T, R extends object> {
  /** The way to the device; the usual one unless given. */
  readonly backend?: BackendName | null;
  /** Finds out whether a run can be measured, and what that takes. */
  readonly open: (run: string) => Promise<T>;
  /** Measures it, shows what was found, and writes it. */
  readonly measure: (
    gpu: Gpu,
    run: string,
    opened: T,
    show: (found: R) => void,
  ) => Promise<void>;
  /** What is printed unless JSON is asked for. */
  readonly inWords: FoundInWords<R>;
}

/**
 * Measures runs and prints what was found, as JSON one list, even of a single run, whose items have
 * the run first. A run that cannot be measured is found before any is: the others may take long.
 *
 * @throws Whatever opening or measuring throws.
 */
export async function measureRuns<T, R extends object>(
  runs: readonly string[],
  { backend = null, open, measure, inWords }: Measurement<T, R>,
): Promise<void> {
  const openings: { run: string; opened: T }[] = [];
  for (const run of runs) openings.push({ run, opened: await open(run) });
  using gpu = await Gpu.open({ backend });
  const results: FoundOfRun<R>[] = [];
  try {
    for (const { run, opened } of openings) {
      await measure(gpu, run, opened, (found) => {
        results.push({ run, found });
        if ("each" in inWords && !speaksJson()) print(inWords.each(found));
      });
    }
  } finally {
    // What was measured is shown, whatever has become of the rest.
    if (results.length > 0 && (speaksJson() || "all" in inWords)) {
      const list = results.map(({ run, found }) => ({ run: shownPath(run), ...found }));
      printResult(list, () => "all" in inWords ? inWords.all(results) : "");
    }
  }
}
