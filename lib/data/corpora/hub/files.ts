/**
 * Which files of a repository on the hub are which split of which configuration: as its README
 * says, as the hub lays out what it converts, else as the names of folders and files say.
 *
 * @module
 */
import { ConfigError } from "../../../errors.ts";
import { describeNames } from "../../../schema/field.ts";
import type { HubFile } from "./listing.ts";
import type { DescribedConfig } from "./readme.ts";
import { namesSplit, pathInside, splitOfWord, splitsByName } from "./splits.ts";

/** What the hub calls a data set's only configuration, the more usual name first. */
const USUAL_CONFIGS = ["default", "plain_text"];

/** Before the name of a split of which the hub converted the beginning alone. */
const PARTIAL = "partial-";

/** How the hub lays out what it converts to Parquet. */
const CONVERTED = /^(.+)\/([^/]+)\/\d{4,}\.parquet$/;

const TO_CONVERTED = "set data.source.revision to refs/convert/parquet";

/** The files of splits by their names. */
type Splits = ReadonlyMap<string, readonly HubFile[]>;

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

/** What is known of a repository besides its files. */
export interface HubLayout {
  /** What the README says of configurations. */
  readonly described?: readonly DescribedConfig[];
  /** Whether the hub has laid it out, as `CONFIG/SPLIT/0000.parquet`. */
  readonly isConverted?: boolean;
}

/**
 * Finds the files of a configuration.
 *
 * @param dataset What messages call the data set.
 * @param wanted Its name, or a folder of files; null for the only or usual one.
 * @throws {ConfigError} if there is none, not that one, or several to choose from.
 */
export function splitsOf(
  dataset: string,
  files: readonly HubFile[],
  wanted: string | null,
  { described = [], isConverted = false }: HubLayout = {},
): HubSplits {
  const parquet = files.filter(({ path }) => path.endsWith(".parquet"))
    .sort((a, b) => a.path < b.path ? -1 : 1);
  if (parquet.length === 0) {
    throw new ConfigError(
      `${dataset} has no Parquet files. ` +
        (isConverted ? "Download" : `If the hub has converted it, ${TO_CONVERTED}. Else download`) +
        ` its files, and use data.source.kind "file".`,
    );
  }
  const configs = described.length > 0
    ? readmeConfigs(parquet, described)
    : (isConverted ? convertedConfigs(parquet) : null) ??
      new Map([[commonFolder(parquet), splitsByName(parquet)]]);
  if (wanted !== null && !configs.has(wanted)) {
    const splits = splitsByName(parquet, wanted);
    if (splits.size > 0) return pick(dataset, wanted, splits);
  }
  const usual = described.find(({ isDefault }) => isDefault)?.name;
  const config = chooseConfig(dataset, [...configs.keys()], wanted, usual);
  return pick(dataset, config, configs.get(config)!);
}

function pick(dataset: string, config: string, splits: Splits): HubSplits {
  return {
    config,
    files(split, key) {
      const found = splits.get(split) ?? splits.get(splitOfWord(split));
      if (found !== undefined) return found;
      if (splits.has(PARTIAL + split)) {
        throw new ConfigError(
          `${dataset} has only the beginning of "${split}": the hub did not convert the rest. Set ` +
            `data.source.revision to main for the data set's own files, or ${key} to ` +
            `"${PARTIAL + split}" to make do with the beginning.`,
        );
      }
      throw new ConfigError(
        `${dataset} has no split "${split}" in its configuration "${config}"` +
          (splits.size > 0
            ? `: set ${key} to one of ${describeNames([...splits.keys()])}.`
            : `, nor any Parquet file. If the hub has converted it, ${TO_CONVERTED}.`),
      );
    },
  };
}

function readmeConfigs(
  files: readonly HubFile[],
  described: readonly DescribedConfig[],
): Map<string, Splits> {
  return new Map(described.map(({ name, folder, splits }) => {
    if (splits === null) return [name, splitsByName(files, folder)];
    const found = [...splits].map(([split, patterns]) => {
      const mine = files.filter((file) => {
        const path = pathInside(file.path, folder);
        return path !== null && patterns.some((matches) => matches(path));
      });
      return [split, mine] as const;
    });
    return [name, new Map(found.filter(([, mine]) => mine.length > 0))];
  }));
}

/** The configurations as the hub lays them out; null if a file lies elsewhere. */
function convertedConfigs(files: readonly HubFile[]): Map<string, Splits> | null {
  const configs = new Map<string, Map<string, HubFile[]>>();
  for (const file of files) {
    const [, config, split] = CONVERTED.exec(file.path) ?? [];
    if (config === undefined || split === undefined) return null;
    const splits = configs.get(config) ?? new Map<string, HubFile[]>();
    const list = splits.get(split) ?? [];
    list.push(file);
    configs.set(config, splits.set(split, list));
  }
  return configs;
}

/** What the only configuration is called: as the folder of all files, unless that says nothing. */
function commonFolder(files: readonly HubFile[]): string {
  const [folder = "", ...others] = new Set(
    files.map(({ path }) => path.slice(0, Math.max(0, path.indexOf("/")))),
  );
  const isName = others.length === 0 && folder !== "" && folder !== "data" && !namesSplit(folder);
  return isName ? folder : USUAL_CONFIGS[0]!;
}

function chooseConfig(
  dataset: string,
  configs: readonly string[],
  wanted: string | null,
  usual = USUAL_CONFIGS.find((each) => configs.includes(each)),
): string {
  if (wanted !== null) {
    if (configs.includes(wanted)) return wanted;
    throw new ConfigError(
      `${dataset} has no configuration "${wanted}": set data.source.config to one of ` +
        `${describeNames(configs)}.`,
    );
  }
  const chosen = configs.length === 1 ? configs[0] : usual;
  if (chosen !== undefined) return chosen;
  throw new ConfigError(
    `${dataset} has several configurations: set data.source.config to one of ` +
      `${describeNames(configs)}.`,
  );
}
