/**
 * Pauses between attempts, shown to the person who waits.
 *
 * @module
 */

import type { Wait } from "../net/retry_policy.ts";
import { visibleText } from "../system/visible.ts";
import { formatDuration } from "./format.ts";
import { writeStderr } from "./stderr.ts";

/** What is being waited for, why, for how long, and how often it was tried. */
export function describeWait({ name, reason, milliseconds, failures, attempts }: Wait): string {
  const pause = formatDuration(milliseconds / 1000);
  return visibleText(
    `${name}: ${reason}. Next attempt in ${pause} (${failures} of ${attempts} failed).`,
  );
}

/** Prints a line on standard error. */
export function showWait(wait: Wait): void {
  writeStderr(`${describeWait(wait)}\n`);
}
