/**
 * Sections of fields, and how a parsed document is read by them.
 *
 * @module
 */

import { describeValue, type Field } from "./field.ts";
import { nearest } from "./nearest.ts";

/** A mapping with known keys. */
export interface Section<T> {
  /** What the section is about. */
  readonly doc: string;
  /** Its keys. */
  readonly keys: { readonly [K in keyof T]-?: Node<T[K]> };
}

/** A mapping whose key `kind` decides which other keys it has. */
export interface Choice<T> {
  /** What the mapping is about. */
  readonly doc: string;
  /** The other keys of each kind. */
  readonly kinds: { readonly [K in KindOf<T>]: Section<Variant<T, K>> };
}

/** A list of mappings that have the same keys; empty unless it is given. */
export interface Rows<T> {
  /** What the list is for. */
  readonly doc: string;
  /** The keys of each mapping. */
  readonly row: Section<RowOf<T>>;
}

/** The mappings of a list. */
export type RowOf<T> = T extends readonly (infer R)[] ? R : never;

/** The kinds of a union of variants. */
export type KindOf<T> = T extends { kind: infer K extends string } ? K : string;

/** The keys besides `kind` of the variant `K` of a union. */
export type Variant<T, K> = Omit<Extract<T, { kind: K }>, "kind">;

/** A field, a mapping of further nodes, or a list of mappings. */
export type Node<T> = Field<T> | Section<T> | Choice<T> | Rows<T>;

/** What is known about a key without a value at hand. */
export interface KeyInfo {
  /** The full key, such as `optim.lr`. */
  readonly path: string;
  /** Its kind of value. */
  readonly field: Field<unknown>;
}

/** A section of whatever keys. */
export type AnySection = Section<Record<string, unknown>>;

type AnyNode = Node<unknown>;

/**
 * All keys of a section, in order, with those of every variant of a choice; a list of mappings is
 * one key.
 */
export function listKeys(section: AnySection, prefix = ""): KeyInfo[] {
  return Object.entries(section.keys).flatMap(([key, node]) => keysOf(node, `${prefix}${key}`));
}

function keysOf(node: AnyNode, path: string): KeyInfo[] {
  if ("check" in node) return [{ path, field: node }];
  if ("keys" in node) return listKeys(node, `${path}.`);
  if ("row" in node) return [{ path, field: rowsField(node) }];
  return [
    { path: `${path}.kind`, field: kindField(node) },
    ...Object.values(node.kinds).flatMap((kind) => listKeys(kind, `${path}.`)),
  ];
}

/**
 * Reads a parsed document by a section.
 *
 * @param problems Takes one sentence for everything that is wrong; the result
 * is whole only if nothing was added.
 */
export function readSection<T>(
  section: AnySection & Section<T>,
  value: unknown,
  problems: string[],
): T {
  const reader = new Reader(listKeys(section).map((key) => key.path), problems);
  return reader.section(section, value, "") as T;
}

class Reader {
  readonly #allPaths: readonly string[];
  readonly #problems: string[];

  constructor(allPaths: readonly string[], problems: string[]) {
    this.#allPaths = allPaths;
    this.#problems = problems;
  }

  section(section: AnySection, value: unknown, path: string): Record<string, unknown> {
    const found = this.#mapping(value, path);
    if (found === null) return {};
    this.#refuseUnknown(found, Object.keys(section.keys), path);
    return this.#readKeys(section, found, path);
  }

  #node(node: AnyNode, value: unknown, path: string): unknown {
    if ("check" in node) return this.#field(node, value, path);
    if ("keys" in node) return this.section(node, value, path);
    if ("row" in node) return this.#rows(node, value, path);
    return this.#choice(node, value, path);
  }

  #field(field: Field<unknown>, value: unknown, path: string): unknown {
    if (value === undefined) {
      if (field.fallback !== undefined) return field.fallback;
      this.#problems.push(`${path} is missing: expected ${field.expected}`);
      return undefined;
    }
    const checked = field.check(value);
    if (checked === undefined) {
      this.#problems.push(`${path}: expected ${field.expected}, found ${describeValue(value)}`);
    }
    return checked;
  }

  #rows(node: Rows<unknown>, value: unknown, path: string): unknown {
    const rows = this.#field(rowsField(node), value, path) as unknown[] | undefined;
    return rows?.map((row, i) => this.section(node.row, row, `${path}[${i}]`));
  }

  #choice(choice: Choice<unknown>, value: unknown, path: string): unknown {
    const found = this.#mapping(value, path);
    if (found === null) return undefined;
    const kind = this.#field(kindField(choice), found.kind, `${path}.kind`);
    if (typeof kind !== "string") return undefined;
    const section = choice.kinds[kind]!;
    this.#refuseUnknown(found, ["kind", ...Object.keys(section.keys)], path);
    return { kind, ...this.#readKeys(section, found, path) };
  }

  #readKeys(
    section: AnySection,
    found: Record<string, unknown>,
    path: string,
  ): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(section.keys).map(([key, node]) => [
        key,
        this.#node(node, Object.hasOwn(found, key) ? found[key] : undefined, join(path, key)),
      ]),
    );
  }

  /** The mapping itself; an absent or empty one has no keys; null after a problem. */
  #mapping(value: unknown, path: string): Record<string, unknown> | null {
    if (value === undefined || value === null) return {};
    if (isMapping(value)) return value;
    const where = path === "" ? "the document" : path;
    this.#problems.push(`${where}: expected a mapping of keys, found ${describeValue(value)}`);
    return null;
  }

  #refuseUnknown(
    found: Record<string, unknown>,
    known: readonly string[],
    path: string,
  ): void {
    for (const key of Object.keys(found)) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      const elsewhere = this.#allPaths.find((each) =>
        each !== join(path, key) && each.split(".").at(-1) === key
      );
      const hint = near !== null
        ? `did you mean ${join(path, near)}?`
        : elsewhere !== undefined
        ? `did you mean ${elsewhere}?`
        : `known here: ${known.join(", ")}`;
      this.#problems.push(`${join(path, key)}: unknown key; ${hint}`);
    }
  }
}

/** The field that the key `kind` of a choice is. */
function kindField(choice: Choice<unknown>): Field<unknown> {
  const kinds = Object.keys(choice.kinds);
  return {
    doc: "Which kind it is; the other keys follow from it.",
    expected: kinds.map((kind) => `"${kind}"`).join(" or "),
    isSwitch: false,
    check: (value) => kinds.find((kind) => kind === value),
    fromText: (text) => text,
  };
}

/** The field that a list of mappings is, as long as nobody looks into them; JSON as text. */
function rowsField(rows: Rows<unknown>): Field<unknown> {
  return {
    doc: rows.doc,
    expected: `a list of mappings with the keys ${Object.keys(rows.row.keys).join(", ")}`,
    fallback: [],
    isSwitch: false,
    check: (value) => Array.isArray(value) ? value : undefined,
    fromText(text) {
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    },
  };
}

/** Whether a value is a plain mapping of keys. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
