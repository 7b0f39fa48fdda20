/**
 * Setting configuration keys from a command line.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { nearest } from "../schema/nearest.ts";
import { isMapping, type KeyInfo, listKeys } from "../schema/tree.ts";
import { fullKey, kebab } from "./key_names.ts";
import { CONFIG_SCHEMA } from "./schema.ts";

const KEYS: ReadonlyMap<string, KeyInfo> = new Map(
  listKeys(CONFIG_SCHEMA).map((key) => [key.path, key]),
);

/** All configuration keys, in the order of the table. */
export function configKeys(): KeyInfo[] {
  return [...KEYS.values()];
}

/**
 * Sets keys of a parsed document that is not yet validated.
 *
 * @param raw The document; it is left as it was.
 * @param overrides Text by full key, such as `{"optim.lr": "1e-4"}`; keys may
 * be in camelCase or in kebab-case, and each text is read as its key's type.
 * A new `kind` takes the other keys of its section away: they belong to the old one.
 * @returns A new document for `parseConfig`.
 * @throws {ConfigError} If a key is unknown or a text does not fit it.
 */
export function applyOverrides(
  raw: unknown,
  overrides: Readonly<Record<string, string>>,
): unknown {
  const root: { document: unknown } = { document: structuredClone(raw) };
  // A kind decides which keys stand beside it, so kinds come first.
  const isKind = ([name]: [string, string]) => Number(lastPart(name) === "kind");
  const ordered = Object.entries(overrides).sort((a, b) => isKind(b) - isKind(a));
  for (const [name, text] of ordered) {
    const { path, field } = findKey(name);
    const value = field.fromText(text);
    if (field.check(value) === undefined) {
      throw new ConfigError(`--${name}: expected ${field.expected}, found ${describeValue(text)}.`);
    }
    setKey(root, path, value);
  }
  return root.document;
}

function findKey(name: string): KeyInfo {
  const path = fullKey(name);
  const key = KEYS.get(path);
  if (key !== undefined) return key;
  const below = [...KEYS.keys()].filter((each) => each.startsWith(`${path}.`));
  if (below.length > 0) {
    throw new ConfigError(
      `--${name}: this is a whole section; set its keys one by one: ` +
        `${below.map((each) => `--${each}`).join(", ")}.`,
    );
  }
  throw new ConfigError(`--${name}: unknown configuration key; ${suggestKey(path)}`);
}

/** The nearest full key, or the one that ends alike, or the top of the table. */
function suggestKey(path: string): string {
  const paths = [...KEYS.keys()];
  const ending = nearest(lastPart(path), paths.map(lastPart));
  const near = nearest(path, paths) ?? paths.find((each) => lastPart(each) === ending);
  return near === undefined
    ? `keys begin with ${Object.keys(CONFIG_SCHEMA.keys).join(", ")}.`
    : `did you mean --${kebab(near)}?`;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function setKey(root: { document: unknown }, path: string, value: unknown): void {
  root.document ??= {};
  let mapping = requireMapping(root.document, "the document", path);
  const keys = path.split(".");
  const last = keys.pop()!;
  for (const [i, key] of keys.entries()) {
    mapping[key] ??= {};
    mapping = requireMapping(mapping[key], keys.slice(0, i + 1).join("."), path);
  }
  if (last === "kind" && mapping.kind !== value) {
    // The keys there belong to another kind.
    for (const key of Object.keys(mapping)) delete mapping[key];
  }
  mapping[last] = value;
}

function requireMapping(value: unknown, where: string, path: string): Record<string, unknown> {
  if (isMapping(value)) return value;
  throw new ConfigError(
    `Cannot set ${path}: expected ${where} to be a mapping of keys, found ${describeValue(value)}.`,
  );
}
