/**
 * What the README of a repository on the hub says of its data files, in the YAML at its top:
 * https://huggingface.co/docs/hub/datasets-manual-configuration.
 *
 * @module
 */
import { DataError, messageOf } from "../../../errors.ts";
import { boolean, type Field, nullable, text } from "../../../schema/field.ts";
import { type JsonDocument, readShape } from "../../../schema/read_json.ts";
import { isMapping, type Section } from "../../../schema/tree.ts";
import { yamlPackage } from "../../../system/yaml_package.ts";
import { type PathPattern, pathPattern } from "./patterns.ts";

/** A configuration that a README describes. */
export interface DescribedConfig {
  /** Its name. */
  readonly name: string;
  /** Whether it is the one that is meant when nobody names one. */
  readonly isDefault: boolean;
  /** The folder in which its files are, without a slash at the end; empty for all. */
  readonly folder: string;
  /** What the paths of a split's files look like; null if their names alone say it. */
  readonly splits: ReadonlyMap<string, readonly PathPattern[]> | null;
}

/** The patterns of a split's files. */
interface SplitPatterns {
  split: string;
  patterns: readonly string[];
}

/** An entry of `configs`. */
interface ConfigEntry {
  config_name: string;
  default: boolean;
  data_dir: string | null;
  data_files: readonly SplitPatterns[] | null;
}

function field<T>(expected: string, fallback: T, check: Field<T>["check"]): Field<T> {
  return { ...text(), expected, fallback, check };
}

const CONFIGS: Section<{ configs: ConfigEntry[] }> = {
  doc: "The YAML of a README, as far as it is read.",
  keys: {
    configs: {
      doc: "The configurations.",
      fallback: [],
      item: {
        doc: "One of them.",
        keys: {
          config_name: field("a name", "default", wordOf),
          default: boolean({ doc: "Whether it is the usual one.", fallback: false }),
          data_dir: nullable(text(), { doc: "Where its files are.", fallback: null }),
          data_files: field("patterns of paths, for each split", null, readDataFiles),
        },
      },
    },
  },
};

/** Text, and what YAML takes for something else, such as a year. */
function wordOf(value: unknown): string | undefined {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
}

/** A pattern, several, splits with theirs in a list, or in a mapping; undefined if it is none. */
function readDataFiles(value: unknown): ConfigEntry["data_files"] | undefined {
  if (value === null) return null;
  const entries = isMapping(value)
    ? Object.entries(value)
    : [value].flat().map((entry): [unknown, unknown] =>
      isMapping(entry) ? [entry.split ?? "train", entry.path] : ["train", entry]
    );
  const found = entries.map(([split, patterns]) => ({
    split: wordOf(split),
    patterns: [patterns].flat().map(wordOf),
  }));
  const isSound = found.every(({ split, patterns }) =>
    split !== undefined && patterns.every((each) => each !== undefined)
  );
  return isSound ? found as SplitPatterns[] : undefined;
}

/**
 * The configurations that a README describes; none for most.
 *
 * @param name What messages call the README.
 * @throws {DataError} if `configs` is there and cannot be understood.
 */
export async function describedConfigs(
  readme: string,
  name: string,
): Promise<DescribedConfig[]> {
  const yaml = /^\ufeff?---[ \t]*\r?\n([^]*?)\r?\n---[ \t]*(\r?\n|$)/.exec(readme)?.[1] ?? "";
  // The rest is of no interest, and of no consequence if it is wrong.
  const block = /^configs:.*(\r?\n([ \t#-].*|[ \t]*$))*/m.exec(yaml)?.[0];
  if (block === undefined) return [];
  const document: JsonDocument = {
    name,
    error: DataError,
    advice: "Set data.source.revision to refs/convert/parquet, where the hub converts data sets.",
  };
  let value: unknown;
  try {
    const { loadAll } = await yamlPackage();
    value = loadAll(block)[0];
  } catch (cause) {
    throw new DataError(
      `Cannot read ${name}: its YAML is wrong (${messageOf(cause)}). ${document.advice}`,
      { cause },
    );
  }
  return readShape<{ configs: ConfigEntry[] }>(value, CONFIGS, document).configs.map((entry) => ({
    name: entry.config_name,
    isDefault: entry.default,
    folder: entry.data_dir === null ? "" : normalised(entry.data_dir).replace(/\/+$/, ""),
    splits: entry.data_files === null ? null : splitsOf(entry.data_files),
  }));
}

function splitsOf(dataFiles: readonly SplitPatterns[]): Map<string, PathPattern[]> {
  const found = new Map<string, PathPattern[]>();
  for (const { split, patterns } of dataFiles) {
    const list = found.get(split) ?? [];
    for (const each of patterns) list.push(pathPattern(normalised(each)));
    found.set(split, list);
  }
  return found;
}

function normalised(path: string): string {
  return path.replace(/^(\.?\/)+/, "");
}
