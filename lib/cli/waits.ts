/**
 * Pauses between attempts, shown to the person who waits.
 *
 * @module
 */

import type { Wait } from "../net/retry_policy.ts";
import { visibleText } from "../system/visible.ts";
import { formatDuration } from "./format.ts";
import { writeStderr } from "./stderr.ts";

/**
 * What tells of waits: for what and how long, how often it was tried, and why, unless that was said
 * before.
 *
 * @param log Prints a line; on standard error unless told.
 */
export function tellWaits(
  log: (line: string) => void = (line) => writeStderr(`${line}\n`),
): (wait: Wait) => void {
  let told = "";
  return ({ name, reason, milliseconds, failures, attempts }) => {
    const why = `${name}: ${reason}`;
    const pause = formatDuration(milliseconds / 1000);
    const said = why === told ? "The same again" : why;
    log(visibleText(`${said}. Next attempt in ${pause} (${failures} of ${attempts} failed).`));
    told = why;
  };
}
