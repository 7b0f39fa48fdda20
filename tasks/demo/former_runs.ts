/**
 * Runs of a demo that was made by another recipe.
 *
 * @module
 */

import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import type { Config } from "../../lib/config/config.ts";
import {
  describeDifferences,
  originDifferences,
  originOfConfig,
} from "../../lib/data/shards/origin.ts";
import { ConfigError } from "../../lib/errors.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { NETWORK_KEYS } from "../runs/student_configuration.ts";

/**
 * Checks that a run was made on the data, and of the size, that a configuration asks for, before
 * shards are made that it could not go on with.
 *
 * @param run Its folder, which need not be there.
 * @throws {CheckpointError} if its newest checkpoint is damaged.
 * @throws {ConfigError} naming what is different, and the flags that help.
 */
export async function requireFittingRun(run: string, config: Config): Promise<void> {
  if ((await listCheckpoints(run)).length === 0) return;
  const { state: { config: own } } = await Checkpoint.open(run);
  const model = NETWORK_KEYS
    .map((key) => ({ key: `model.${key}`, made: own.model[key], asked: config.model[key] }))
    .filter(({ made, asked }) => made !== asked);
  const data = originDifferences(originOfConfig(own.data), originOfConfig(config.data));
  const differences = [...data, ...model];
  if (differences.length === 0) return;
  throw new ConfigError(
    `${pathForCaller(run)} was made by another recipe: ${
      describeDifferences(differences)
    }. Begin ` +
      `anew by --redo, which removes the runs of this name, or give another name by --name NAME.`,
  );
}
