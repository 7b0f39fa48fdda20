/**
 * Which files of a repository on the hub are which split of which
 * configuration, as their paths say it: `plain_text/train/0000.parquet`,
 * `data/train-00000-of-00080.parquet` or `train.parquet`.
 *
 * @module
 */
import { ConfigError } from "../errors.ts";
import type { HubFile } from "./sources_hub_api.ts";

/** What the hub calls a data set's only configuration, the more usual name first. */
const USUAL_CONFIGS = ["default", "plain_text"];

/** Before the name of a split of which the hub converted the beginning alone. */
const PARTIAL = "partial-";

/** What a path says. */
interface Place {
  config: string;
  split: string;
}

/** The Parquet files of one configuration. */
export interface HubSplits {
  /** The configuration's name. */
  readonly config: string;
  /**
   * The files of a split in their order.
   *
   * @param key The configuration key that names the split, for messages.
   * @throws {ConfigError} if there is no such split, or only its beginning.
   */
  files(split: string, key: string): readonly HubFile[];
}

/**
 * Finds the files of a configuration.
 *
 * @param dataset What messages call the data set.
 * @param config Its name; null for the only or usual one.
 * @throws {ConfigError} if there is none, not that one, or several to choose from.
 */
export function splitsOf(
  dataset: string,
  files: readonly HubFile[],
  config: string | null,
): HubSplits {
  const placed = files
    .filter(({ path }) => path.endsWith(".parquet"))
    .map((file) => ({ file, ...placeOf(file.path) }))
    .sort((a, b) => a.file.path < b.file.path ? -1 : 1);
  const configs = [...new Set(placed.map((each) => each.config))];
  const chosen = chooseConfig(dataset, configs, config);
  const mine = placed.filter((each) => each.config === chosen);
  return {
    config: chosen,
    files(split, key) {
      const found = mine.filter((each) => each.split === split).map(({ file }) => file);
      if (found.length > 0) return found;
      const splits = [...new Set(mine.map((each) => each.split))];
      if (splits.includes(PARTIAL + split)) {
        throw new ConfigError(
          `${dataset} has only the beginning of "${split}": the hub did not convert the rest. Set ` +
            `data.source.revision to main for the data set's own files, or ${key} to ` +
            `"${PARTIAL + split}" to make do with the beginning.`,
        );
      }
      throw new ConfigError(
        `${dataset} has no split "${split}" in its configuration "${chosen}": set ${key} to one ` +
          `of ${splits.join(", ")}.`,
      );
    },
  };
}

function chooseConfig(dataset: string, configs: string[], wanted: string | null): string {
  if (configs.length === 0) {
    throw new ConfigError(
      `${dataset} has no Parquet files. Set data.source.revision to refs/convert/parquet, where ` +
        `the hub converts data sets, or take one that has them.`,
    );
  }
  const list = configs.join(", ");
  if (wanted !== null) {
    if (configs.includes(wanted)) return wanted;
    throw new ConfigError(
      `${dataset} has no configuration "${wanted}": set data.source.config to one of ${list}.`,
    );
  }
  const usual = configs.length === 1
    ? configs[0]
    : USUAL_CONFIGS.find((each) => configs.includes(each));
  if (usual !== undefined) return usual;
  throw new ConfigError(
    `${dataset} has several configurations: set data.source.config to one of ${list}.`,
  );
}

function placeOf(path: string): Place {
  const folders = path.split("/");
  const name = folders.pop()!.slice(0, -".parquet".length);
  const shard = /^(.+)-\d+-of-\d+(-[0-9a-f]+)?$/.exec(name);
  if (shard !== null) return { config: configOf(folders), split: shard[1]! };
  // Files that are only numbered, or lie deep, are in a folder of their split.
  const inFolder = folders.length > 1 || (folders.length === 1 && /^\d+$/.test(name));
  const split = inFolder ? folders.pop()! : name;
  return { config: configOf(folders), split };
}

function configOf(folders: readonly string[]): string {
  const path = folders.join("/");
  return path === "" || path === "data" ? "default" : path;
}
