/**
 * What the README of a repository on the hub says of its data files, in the YAML at its top:
 * https://huggingface.co/docs/hub/datasets-manual-configuration.
 *
 * @module
 */
import { parse } from "@std/yaml";
import { DataError, messageOf } from "../errors.ts";
import { anything, boolean, nullable, text } from "../schema/field.ts";
import { type JsonDocument, readShape } from "../schema/read_json.ts";
import { isMapping, type Section } from "../schema/tree.ts";

/** A configuration that a README describes. */
export interface DescribedConfig {
  /** Its name. */
  readonly name: string;
  /** Whether it is the one that is meant when nobody names one. */
  readonly isDefault: boolean;
  /** The folder in which its files are, without a slash at the end; empty for all. */
  readonly folder: string;
  /** What the paths of a split's files look like; null if their names alone say it. */
  readonly splits: ReadonlyMap<string, readonly RegExp[]> | null;
}

/** An entry of `configs`. */
interface ConfigEntry {
  config_name: unknown;
  default: boolean;
  data_dir: string | null;
  data_files: unknown;
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
          config_name: anything({ doc: "Its name.", fallback: "default" }),
          default: boolean({ doc: "Whether it is the usual one.", fallback: false }),
          data_dir: nullable(text({ doc: "" }), { doc: "Where its files are.", fallback: null }),
          data_files: anything({ doc: "Patterns of its files.", fallback: null }),
        },
      },
    },
  },
};

/**
 * The configurations that a README describes; none for most.
 *
 * @param name What messages call the README.
 * @throws {DataError} if `configs` is there and cannot be understood.
 */
export function describedConfigs(readme: string, name: string): DescribedConfig[] {
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
    value = parse(block);
  } catch (cause) {
    throw new DataError(
      `Cannot read ${name}: its YAML is wrong (${messageOf(cause)}). ${document.advice}`,
      { cause },
    );
  }
  return readShape<{ configs: ConfigEntry[] }>(value, CONFIGS, document).configs.map((entry) => ({
    name: String(entry.config_name),
    isDefault: entry.default,
    folder: entry.data_dir === null ? "" : normalised(entry.data_dir).replace(/\/+$/, ""),
    splits: entry.data_files === null ? null : splitsOf(entry.data_files),
  }));
}

/** A pattern, several, splits with theirs in a list, or in a mapping. */
function splitsOf(dataFiles: unknown): Map<string, RegExp[]> {
  const found = new Map<string, RegExp[]>();
  const add = (split: string, patterns: unknown) => {
    const list = found.get(split) ?? [];
    for (const each of [patterns].flat()) list.push(pathPattern(String(each)));
    found.set(split, list);
  };
  for (const entry of isMapping(dataFiles) ? Object.entries(dataFiles) : [dataFiles].flat()) {
    if (Array.isArray(entry)) add(entry[0], entry[1]);
    else if (isMapping(entry)) add(String(entry.split ?? "train"), entry.path ?? []);
    else add("train", entry);
  }
  return found;
}

/** Paths that match a pattern: `*` and `?` stay within a folder, `**` does not; `[a-z]`. */
function pathPattern(pattern: string): RegExp {
  const source = normalised(pattern).replace(
    /\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|[\\^$.|+(){}[\]]/g,
    (token) => {
      switch (token) {
        case "**/":
          return "(?:.*/)?";
        case "**":
          return ".*";
        case "*":
          return "[^/]*";
        case "?":
          return "[^/]";
      }
      return token.length === 1 ? `\\${token}` : characterClass(token);
    },
  );
  return new RegExp(`^${source}$`, "s");
}

/** `[a-z]` or `[!a-z]`; what is no such class stands for itself. */
function characterClass(token: string): string {
  const source = token.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
  try {
    new RegExp(source);
    return source;
  } catch {
    return token.replace(/[[\]\\^-]/g, "\\$&");
  }
}

function normalised(path: string): string {
  return path.replace(/^(\.?\/)+/, "");
}
