/**
 * Whether token shards are those that a model learned from.
 *
 * @module
 */

import { CONFIG } from "../checkpoint/files.ts";
import { placeOfCheckpoint } from "../checkpoint/run_folder.ts";
import type { CheckpointState } from "../checkpoint/state.ts";
import type { ShardManifest } from "../data/shards/manifest.ts";
import {
  describeDifferences,
  originDifferences,
  originOfConfig,
  originOfShards,
} from "../data/shards/origin.ts";
import { DataError } from "../errors.ts";
import { joinLocation } from "../system/location.ts";
import { pathForCaller, taskCommand } from "../system/task_command.ts";

/**
 * Compares shards with the hash that a checkpoint keeps of those that it was trained on. Text that
 * the model has learned by heart might else be taken for validation text.
 *
 * @param location The run or checkpoint.
 * @throws {DataError} naming what differs, and how to get the old shards back.
 */
export function requireTrainedShards(
  location: string,
  { config: { data }, dataHash }: Pick<CheckpointState, "config" | "dataHash">,
  manifest: ShardManifest,
): void {
  // A checkpoint that was made by hand may not say it.
  if (dataHash === "" || dataHash === manifest.configHash) return;
  const differences = originDifferences(originOfConfig(data), originOfShards(manifest));
  const what = differences.length === 0
    ? "the text of data.source, or the vocabulary, has changed since"
    : describeDifferences(differences);
  const run = placeOfCheckpoint(location)?.run ?? location;
  const command = taskCommand("preprocess", ["--config", joinLocation(run, CONFIG)]);
  throw new DataError(
    `The shards in ${data.dir} are not those that ${pathForCaller(location)} was trained on: ` +
      `${what}. Make those again (${command}), or train a new run on these.`,
  );
}
