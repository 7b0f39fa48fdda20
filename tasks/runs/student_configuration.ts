/**
 * What a student has from the models that it learns from.
 *
 * @module
 */

import type { Frozen } from "../../lib/checkpoint/frozen.ts";
import type { Config } from "../../lib/config/config.ts";
import { readManifest } from "../../lib/data/shards/read_manifest.ts";
import type { DitConfig } from "../../lib/model/dit_specs.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";

/** Keys of the section `model` in which a student is as its teacher, and a run what it was. */
export const NETWORK_KEYS = [
  "hiddenSize",
  "numBlocks",
  "numHeads",
  "condDim",
  "logitCap",
] as const;

/**
 * The configuration of a student, with the network that it has from its teacher: a run must not
 * record another.
 *
 * @param note Takes a line on the keys that were asked for otherwise.
 */
export function studentConfiguration(
  config: Config,
  teacher: DitConfig,
  note: (line: string) => void,
): Config {
  const network = Object.fromEntries(NETWORK_KEYS.map((key) => [key, teacher[key]]));
  const changed = NETWORK_KEYS.filter((key) => config.model[key] !== teacher[key])
    .map((key) => `model.${key} is ${teacher[key]}, not ${config.model[key]}`);
  if (changed.length > 0) {
    note(`Note: a student has the network of its teacher: ${changed.join(", ")}.\n`);
  }
  return { ...config, model: { ...config.model, ...network } };
}

/**
 * Says so if a student is to learn from networks and from shards that do not belong together.
 *
 * @param dir The folder of the shards.
 * @param note Takes a line for each such network.
 * @throws {DataError} if there are no shards.
 */
export async function noteOtherShards(
  networks: readonly Pick<Frozen, "dataHash" | "location">[],
  dir: string,
  note: (line: string) => void,
): Promise<void> {
  const { configHash } = await readManifest(dir);
  for (const { dataHash, location } of networks) {
    if (dataHash === "" || dataHash === configHash) continue;
    note(
      `Note: ${pathForCaller(location)} was trained on other shards than those in ${dir}: it may ` +
        `have learned what is validation text here.\n`,
    );
  }
}
