/**
 * What a pickle holds, as inert values. Nothing named in a pickle is looked up or called.
 *
 * | Python                        | here                                              |
 * | ----------------------------- | ------------------------------------------------- |
 * | None, True, False             | null, true, false                                 |
 * | int                           | number; bigint if it is no safe integer           |
 * | float                         | number                                            |
 * | str                           | string                                            |
 * | bytes, bytearray              | Uint8Array                                        |
 * | list                          | Array                                             |
 * | tuple                         | {@linkcode Tuple}                                 |
 * | dict                          | Map                                               |
 * | collections.OrderedDict       | {@linkcode OrderedDict}                           |
 * | set, frozenset                | Set                                               |
 * | a class or function           | {@linkcode PickleGlobal}                          |
 * | anything made by one          | {@linkcode PickleObject}                          |
 * | what is kept beside the pickle | {@linkcode PersistentId}                         |
 *
 * Values may be shared and may contain themselves, as in Python: whoever walks through them must
 * remember where it has been.
 *
 * @module
 */

import { describeValue } from "../schema/field.ts";
import { visibleText } from "../system/visible.ts";

/** A Python tuple. */
export class Tuple {
  /** What it holds. */
  readonly items: readonly unknown[];

  /** Makes a tuple of values. */
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A Python `collections.OrderedDict`. */
export class OrderedDict extends Map<unknown, unknown> {}

/** The name of a class, a function or anything else in a Python module. It is only a name. */
export class PickleGlobal {
  /** The module, such as `collections`. */
  readonly module: string;
  /** The name in the module. */
  readonly name: string;

  /** Makes a name. */
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  /** `MODULE.NAME`. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/**
 * What Python would have made by a call: what was to be called, with what, and what was to be put
 * into the result.
 */
export class PickleObject {
  /** The class or function, or what was to give it. */
  readonly callable: PickleGlobal | PickleObject;
  /** The arguments of the call. */
  readonly args: readonly unknown[];
  /** The arguments that have names. */
  readonly namedArgs: ReadonlyMap<unknown, unknown>;
  /** Its state, in most cases a Map of attributes; undefined if there is none. */
  state: unknown = undefined;
  /** What was to be appended to it. */
  readonly items: unknown[] = [];
  /** What was to be put into it by keys. */
  readonly entries: Map<unknown, unknown> = new Map();

  /** Makes an object. */
  constructor(
    callable: PickleGlobal | PickleObject,
    args: readonly unknown[],
    namedArgs: ReadonlyMap<unknown, unknown> = new Map(),
  ) {
    this.callable = callable;
    this.args = args;
    this.namedArgs = namedArgs;
  }

  /** `MODULE.NAME` of its class or function; "?" if that was to be made by a call. */
  get path(): string {
    return this.callable instanceof PickleGlobal ? this.callable.path : "?";
  }
}

/** The name of something that is kept beside the pickle. */
export class PersistentId {
  /** The name, of whatever kind. */
  readonly id: unknown;

  /** Makes a name. */
  constructor(id: unknown) {
    this.id = id;
  }
}

/** A value in words, for messages. */
export function describePickled(value: unknown): string {
  if (value === null) return "None";
  if (value instanceof PickleObject) {
    return `an object of ${visibleText(value.path).slice(0, 120)} (which was not made)`;
  }
  if (value instanceof PickleGlobal) return `the name ${visibleText(value.path).slice(0, 120)}`;
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (value instanceof Set) return `a set of ${value.size}`;
  if (value instanceof Tuple) return `a tuple of ${value.items.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "object") return "an object";
  return describeValue(value);
}
