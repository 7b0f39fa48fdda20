/**
 * Where runs lie.
 *
 * @module
 */

import type { Config, StageName } from "../../lib/config/config.ts";

/** The folder of all runs, which tasks may write. */
export const RUNS = "runs";

/** What the folders of later stages end with. */
const SUFFIXES: Readonly<Record<StageName, string>> = {
  distill: "-distill",
  secondStage: "-second",
  ar: "-ar",
};

/** The folder of a configuration's run, or of a later stage, such as `runs/demo-distill`. */
export function runFolder(config: Config, stage?: StageName): string {
  return `${RUNS}/${config.name}${stage === undefined ? "" : SUFFIXES[stage]}`;
}
