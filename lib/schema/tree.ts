/**
 * Sections of fields, and how a parsed document is read by them.
 *
 * @module
 */

import { describeKey, describeNames, describeValue, type Field, fromJson } from "./field.ts";
import { nearest } from "./nearest.ts";

/** A mapping with known keys. */
export interface Section<T> {
  /** What the section is about. */
  readonly doc?: string;
  /** Its keys. */
  readonly keys: { readonly [K in keyof T]-?: Node<T[K]> };
}

/** A mapping whose key `kind` decides which other keys it has. */
export interface Choice<T> {
  /** What the mapping is about. */
  readonly doc?: string;
  /** The other keys of each kind. */
  readonly kinds: { readonly [K in KindOf<T>]: Section<Variant<T, K>> };
}

/** A list of alike items, mappings for example. */
export interface Items<T> {
  /** What the list is for. */
  readonly doc?: string;
  /** What each item is. */
  readonly item: Node<ItemOf<T>>;
  /** The value when the key is left out; leave it out to require the key. */
  readonly fallback?: T;
}

/** A mapping with whatever keys, whose values are alike. */
export interface Entries<T> {
  /** What the mapping is about. */
  readonly doc?: string;
  /** What each value is. */
  readonly entry: Node<EntryOf<T>>;
  /** The value when the key is left out; leave it out to require the key. */
  readonly fallback?: T;
}

/** A node that a document may leave out; null says the same. */
export interface Optional<T> {
  /** What it is about. */
  readonly doc?: string;
  /** What it is if it is there. */
  readonly optional: Node<NonNullable<T>>;
}

/** The items of a list. */
export type ItemOf<T> = T extends readonly (infer I)[] ? I : never;

/** The values of a mapping with whatever keys. */
export type EntryOf<T> = T extends Readonly<Record<string, infer E>> ? E : never;

/** The kinds of a union of variants. */
export type KindOf<T> = T extends { kind: infer K extends string } ? K : string;

/** The keys besides `kind` of the variant `K` of a union. */
export type Variant<T, K> = Omit<Extract<T, { kind: K }>, "kind">;

/** A field, a mapping or list of further nodes, or one of these that may be missing. */
export type Node<T> =
  | Field<T>
  | (undefined extends T ? Optional<T>
    : T extends readonly unknown[] ? Items<T>
    : [T] extends [object] ? Section<T> | Choice<T> | Entries<T>
    : never);

/** What is known about a key without a value at hand. */
export interface KeyInfo {
  /** The full key, such as `optim.lr`. */
  readonly path: string;
  /** Its kind of value. */
  readonly field: Field<unknown>;
}

/** A section of whatever type. */
export interface AnySection {
  /** What the section is about. */
  readonly doc?: string;
  /** Its keys. */
  readonly keys: Readonly<Record<string, AnyNode>>;
}

/** A node of whatever type. */
export type AnyNode =
  | Field<unknown>
  | AnySection
  | { readonly doc?: string; readonly kinds: Readonly<Record<string, AnySection>> }
  | { readonly doc?: string; readonly item: AnyNode; readonly fallback?: readonly unknown[] }
  | { readonly doc?: string; readonly entry: AnyNode; readonly fallback?: object }
  | { readonly doc?: string; readonly optional: AnyNode };

type AnyChoice = Extract<AnyNode, { kinds: unknown }>;
type AnyItems = Extract<AnyNode, { item: unknown }>;
type AnyEntries = Extract<AnyNode, { entry: unknown }>;

/**
 * All keys of a section, in order, with those of every variant of a choice, which say so: one that
 * several variants have is one key. So is a list of mappings, and a mapping with whatever keys.
 */
export function listKeys(section: AnySection, prefix = ""): KeyInfo[] {
  return Object.entries(section.keys).flatMap(([key, node]) => keysOf(node, `${prefix}${key}`));
}

function keysOf(node: AnyNode, path: string): KeyInfo[] {
  if ("check" in node) return [{ path, field: node }];
  if ("keys" in node) return listKeys(node, `${path}.`);
  if ("item" in node) return [{ path, field: itemsField(node) }];
  if ("entry" in node) return [{ path, field: entriesField(node) }];
  if ("optional" in node) return keysOf(node.optional, path);
  return [
    { path: `${path}.kind`, field: kindField(node) },
    ...keysOfKinds(node, path),
  ];
}

/** The keys of all kinds of a choice, each with the kinds that have it. */
function keysOfKinds({ kinds }: AnyChoice, path: string): KeyInfo[] {
  const keys = Object.entries(kinds).flatMap(([kind, section]) =>
    listKeys(section, `${path}.`).map((key) => ({ ...key, kind }))
  );
  return [...Map.groupBy(keys, (key) => key.path)].map(([path, same]) => ({
    path,
    field: fieldOfKinds(same),
  }));
}

/** A key that kinds of a choice have, in words for each of them: one of them reads its text. */
function fieldOfKinds(keys: readonly { kind: string; field: Field<unknown> }[]): Field<unknown> {
  const { fallback, ...field } = keys[0]!.field;
  const isSame = keys.every((each) => each.field.fallback === fallback);
  const docs = keys.map(({ kind, field: { doc, fallback } }) => {
    const own = isSame || fallback === undefined
      ? doc
      : `${doc.replace(/\.$/, "")} (default ${fallback}).`;
    return `Of kind "${kind}": ${own}`;
  });
  return {
    ...field,
    doc: docs.join(" "),
    ...(isSame && fallback !== undefined && { fallback }),
  };
}

/** Options of {@linkcode readSection}. */
export interface ReadOptions {
  /**
   * What becomes of keys that the section does not have: a person who mistyped one is told, a file
   * of another program or of a later version may say more than is asked of it.
   */
  readonly unknownKeys?: "refuse" | "ignore";
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
  { unknownKeys = "refuse" }: ReadOptions = {},
): T {
  const allPaths = listKeys(section).map((key) => key.path);
  const reader = new Reader(unknownKeys === "refuse" ? allPaths : null, problems);
  return reader.section(section, value, "") as T;
}

class Reader {
  /** All known keys, or null if unknown ones are nothing to speak of. */
  readonly #allPaths: readonly string[] | null;
  readonly #problems: string[];

  constructor(allPaths: readonly string[] | null, problems: string[]) {
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
    if ("item" in node) return this.#items(node, value, path);
    if ("entry" in node) return this.#entries(node, value, path);
    if ("optional" in node) {
      return value === undefined || value === null
        ? undefined
        : this.#node(node.optional, value, path);
    }
    return this.#choice(node, value, path);
  }

  #field<T>(field: Field<T>, value: unknown, path: string): T | undefined {
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

  #items(node: AnyItems, value: unknown, path: string): unknown {
    const items = this.#field(itemsField(node), value, path);
    return items?.map((item, i) => this.#node(node.item, item, `${path}[${i}]`));
  }

  #entries(node: AnyEntries, value: unknown, path: string): unknown {
    const found = this.#field(entriesField(node), value, path);
    if (found === undefined) return undefined;
    return Object.fromEntries(
      Object.entries(found).map(([key, entry]) => [
        key,
        this.#node(node.entry, entry, `${path}[${describeKey(key)}]`),
      ]),
    );
  }

  #choice(choice: AnyChoice, value: unknown, path: string): unknown {
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
      Object.entries(section.keys).flatMap(([key, node]) => {
        const given = Object.hasOwn(found, key) ? found[key] : undefined;
        const value = this.#node(node, given, join(path, key));
        return value === undefined ? [] : [[key, value]];
      }),
    );
  }

  /** The mapping itself; an absent or empty one has no keys; null after a problem. */
  #mapping(value: unknown, path: string): Record<string, unknown> | null {
    if (value === undefined || value === null) return {};
    if (isMapping(value)) return value;
    const where = path === "" ? "the document" : path;
    const found = describeValue(value);
    const hint = lacksBlank(value) ? "; is the blank after the colon missing?" : "";
    this.#problems.push(`${where}: expected a mapping of keys, found ${found}${hint}`);
    return null;
  }

  #refuseUnknown(
    found: Record<string, unknown>,
    known: readonly string[],
    path: string,
  ): void {
    if (this.#allPaths === null) return;
    for (const key of Object.keys(found)) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      const elsewhere = this.#allPaths.find((each) =>
        each !== join(path, key) && each.split(".").at(-1) === key
      );
      const hint = lacksBlank(key)
        ? "is the blank after the colon missing?"
        : near !== null
        ? `did you mean ${join(path, near)}?`
        : elsewhere !== undefined
        ? `did you mean ${elsewhere}?`
        : `known here: ${known.join(", ")}`;
      this.#problems.push(`${join(path, describeNames([key]))}: unknown key; ${hint}`);
    }
  }
}

/** The field that the key `kind` of a choice is. */
function kindField(choice: AnyChoice): Field<unknown> {
  const kinds = Object.keys(choice.kinds);
  return {
    doc: "Which kind it is; the other keys follow from it.",
    expected: kinds.map((kind) => `"${kind}"`).join(" or "),
    metavar: kinds.join("|"),
    isSwitch: false,
    check: (value) => kinds.find((kind) => kind === value),
    fromText: (text) => text,
  };
}

/** The field that a list is, as long as nobody looks into it; JSON as text. */
function itemsField({ doc = "", item, fallback }: AnyItems): Field<readonly unknown[]> {
  const ofWhat = "keys" in item
    ? ` of mappings with the keys ${Object.keys(item.keys).join(", ")}`
    : "";
  return {
    doc,
    expected: `a list${ofWhat}`,
    ...(fallback === undefined ? {} : { fallback }),
    isSwitch: false,
    check: (value) => Array.isArray(value) ? value : undefined,
    fromText: fromJson,
  };
}

/** The field that a mapping with whatever keys is, as long as nobody looks into it. */
function entriesField({ doc = "", fallback }: AnyEntries): Field<object> {
  return {
    doc,
    expected: "a mapping",
    ...(fallback === undefined ? {} : { fallback }),
    isSwitch: false,
    check: (value) => isMapping(value) ? value : undefined,
    fromText: fromJson,
  };
}

/** Whether a value is a plain mapping of keys. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a value looks like a key and a value that YAML has taken for one text. */
function lacksBlank(value: unknown): boolean {
  return typeof value === "string" && /^\w+:\S/.test(value);
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
