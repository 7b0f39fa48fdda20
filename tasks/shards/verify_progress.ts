/**
 * How far token shards are compared with their hashes.
 *
 * @module
 */

import { Progress } from "../../lib/cli/progress.ts";

/** Seconds after which it is worth telling. */
const PATIENCE = 1;

/** A progress bar that appears if it takes longer than a moment, and goes by itself. */
export function verifyProgress(): Progress {
  return new Progress({ label: "verify", unit: "byte", patience: PATIENCE });
}
