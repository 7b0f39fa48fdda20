/**
 * Waits for what a program does.
 *
 * @module
 */

import { sleep } from "../../lib/system/pause.ts";

/** Milliseconds from one look to the next. */
const LOOK_MS = 20;

/**
 * Waits for something that a program brings about before it ends.
 *
 * @param output What the program comes to; none if it ends by itself once that holds.
 * @throws {Error} if it has ended and that does not hold, with what it said.
 */
export async function until(
  holds: () => Promise<boolean>,
  output?: Promise<{ stderr: string | Uint8Array }>,
): Promise<void> {
  let said: string | Uint8Array | undefined;
  output?.then(({ stderr }) => said = stderr, (error) => said = String(error));
  for (;;) {
    // What it does as its last is done when it has ended.
    const hasEnded = said !== undefined;
    if (await holds()) return;
    if (hasEnded) {
      const text = typeof said === "string" ? said : new TextDecoder().decode(said);
      throw new Error(`The program ended before that was so: ${text}`);
    }
    await sleep(LOOK_MS);
  }
}
