/**
 * Where runs lie.
 *
 * @module
 */

import type { Config, TrainingSection } from "../../lib/config/config.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methodOf } from "../../lib/methods/table.ts";

/** The folder of all runs, which tasks may write. */
export const RUNS = "runs";

/** What the folders of later trainings end with. */
export const SUFFIXES: Readonly<Record<TrainingSection, string>> = {
  distill: "-distill",
  secondStage: "-second",
  ar: "-ar",
};

/**
 * The folder of a configuration's run, or of that of a later training, such as `runs/demo-distill`.
 */
export function runFolder(
  config: Pick<Config, "name">,
  section: TrainingSection | null = null,
): string {
  return `${RUNS}/${config.name}${section === null ? "" : SUFFIXES[section]}`;
}

/** The folders of the runs that a configuration's method learns from, by what these are to it. */
export function teacherFolders(config: Config, { learnsFrom }: Method): Record<string, string> {
  return Object.fromEntries(
    Object.entries(learnsFrom).map(([role, kind]) => [
      role,
      runFolder(config, methodOf(kind).section),
    ]),
  );
}
