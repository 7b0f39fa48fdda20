/**
 * Where runs lie.
 *
 * @module
 */

import type { Config, TrainingSection } from "../../lib/config/config.ts";

/** The folder of all runs, which tasks may write. */
export const RUNS = "runs";

/** What the folders of later trainings end with. */
const SUFFIXES: Readonly<Record<TrainingSection, string>> = {
  distill: "-distill",
  secondStage: "-second",
  ar: "-ar",
};

/**
 * The folder of a configuration's run, or of that of a later training, such as `runs/demo-distill`.
 */
export function runFolder(config: Config, section: TrainingSection | null = null): string {
  return `${RUNS}/${config.name}${section === null ? "" : SUFFIXES[section]}`;
}
