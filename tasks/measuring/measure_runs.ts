/**
 * Runs that are measured one after another.
 *
 * @module
 */

import type { BackendName } from "../../lib/gpu/backend.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";

/** How runs are measured. */
export interface Measurement<T> {
  /** The way to the device; the usual one unless given. */
  readonly backend?: BackendName | null;
  /** Finds out whether a run can be measured, and what that takes. */
  readonly open: (run: string) => Promise<T>;
  /** Measures it, shows what was found, and writes it. */
  readonly measure: (gpu: Gpu, run: string, opened: T) => Promise<void>;
}

/**
 * Measures runs. One that cannot be measured is found before any is: the others may take long.
 *
 * @throws Whatever opening or measuring throws.
 */
export async function measureRuns<T>(
  runs: readonly string[],
  { backend = null, open, measure }: Measurement<T>,
): Promise<void> {
  const opened: { run: string; found: T }[] = [];
  for (const run of runs) opened.push({ run, found: await open(run) });
  using gpu = await Gpu.open({ backend });
  for (const { run, found } of opened) await measure(gpu, run, found);
}
