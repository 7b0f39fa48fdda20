/**
 * The comparison behind `assertEquals`.
 *
 * Node's `isDeepStrictEqual` and the libraries on npm see no getters: to them all instances of a
 * class with private fields are equal, whatever they hold.
 *
 * @module
 */

import { types } from "node:util";

/** Prototypes whose instances compare by their text. */
const TEXTUAL: ReadonlySet<unknown> = new Set([
  RegExp.prototype,
  URL.prototype,
  URLSearchParams.prototype,
  Object.getPrototypeOf(new Intl.Locale("en")),
]);

/** Classes whose instances hold what cannot be seen, or not without waiting. */
const OPAQUE = [WeakMap, WeakSet, Blob];

/** Keys that say what a value is called, not what it holds. */
const NAMES: ReadonlySet<string | symbol> = new Set(["constructor", Symbol.toStringTag]);

/**
 * Compares two values deeply.
 *
 * @returns null when they are equal, else the path of the first difference,
 * such as `.blocks[3].weight` (an empty string when the values themselves
 * differ).
 * @throws {TypeError} if they are instances of a class of which nothing can be seen.
 */
export function findDifference(a: unknown, b: unknown): string | null {
  return compare(a, b, "", new Map());
}

/** Which objects each object is being compared with. */
type Seen = Map<object, Set<object>>;

function compare(a: unknown, b: unknown, path: string, seen: Seen): string | null {
  if (a === b || Object.is(a, b)) return null;
  if (!isObject(a) || !isObject(b)) return path;
  const prototype = Object.getPrototypeOf(a);
  if ((prototype ?? Object.prototype) !== (Object.getPrototypeOf(b) ?? Object.prototype)) {
    return path;
  }
  if (a instanceof Date) {
    return Object.is(a.getTime(), (b as Date).getTime()) ? null : path;
  }
  if (TEXTUAL.has(prototype)) return String(a) === String(b) ? null : path;
  if (types.isBoxedPrimitive(a)) return compare(a.valueOf(), b.valueOf(), path, seen);
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    return compareElements(a as Uint8Array, b as Uint8Array, path);
  }
  if (types.isAnyArrayBuffer(a)) {
    return compareElements(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), path);
  }
  const opaque = OPAQUE.find((each) => a instanceof each);
  if (opaque !== undefined) throw new TypeError(`Cannot compare ${opaque.name} instances`);
  if (a instanceof WeakRef) return compare(a.deref(), (b as WeakRef<object>).deref(), path, seen);
  return compareHolders(a, b, path, seen);
}

/** Compares what two objects hold, which may be themselves. */
function compareHolders(a: object, b: object, path: string, seen: Seen): string | null {
  const partners = seen.get(a) ?? new Set();
  if (partners.has(b)) return null;
  seen.set(a, partners.add(b));
  const found = (a instanceof Set || a instanceof Map) && !sameEntries(a, b as typeof a, seen)
    ? path
    : compareKeys(a, b, path, seen);
  // Only pairs under comparison count as seen: a pair that differed must differ again.
  partners.delete(b);
  return found;
}

function compareElements(a: Uint8Array, b: Uint8Array, path: string): string | null {
  if (a.length !== b.length) return `${path}.length`;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return `${path}[${i}]`;
  }
  return null;
}

/** Whether each entry of `a` has an equal, unused entry in `b`, in any order. */
function sameEntries(
  a: Set<unknown> | Map<unknown, unknown>,
  b: Set<unknown> | Map<unknown, unknown>,
  seen: Seen,
): boolean {
  if (a.size !== b.size) return false;
  const unused = new Set<[unknown, unknown]>(b.entries());
  for (const entry of a.entries()) {
    const match = unused.values().find((other) => compare(entry, other, "", seen) === null);
    if (match === undefined) return false;
    unused.delete(match);
  }
  return true;
}

function compareKeys(a: object, b: object, path: string, seen: Seen): string | null {
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return `${path}.length`;
  const keys = new Set([...visibleKeys(a), ...visibleKeys(b)]);
  if (keys.size === 0 && !isBasic(Object.getPrototypeOf(a))) {
    throw new TypeError(
      `Cannot compare ${a.constructor?.name} instances: they have neither fields nor getters`,
    );
  }
  // It says where an error was made, not what it is.
  if (a instanceof Error) keys.delete("stack");
  for (const key of keys) {
    const at = `${path}${keyPath(a, key)}`;
    if (!(key in a) || !(key in b)) return at;
    const found = compare(Reflect.get(a, key), Reflect.get(b, key), at, seen);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Enumerable keys; of class instances the hidden ones too (an error's message), and the getters,
 * which show what private fields hold.
 */
function visibleKeys(value: object): (string | symbol)[] {
  const own = Reflect.ownKeys(value);
  return isBasic(Object.getPrototypeOf(value))
    ? own.filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    : [...own, ...getters(value)];
}

/** The keys of all getters that an object inherits. */
function getters(value: object): (string | symbol)[] {
  const prototype = Object.getPrototypeOf(value);
  if (isBasic(prototype)) return [];
  const own = Reflect.ownKeys(prototype).filter((key) =>
    !NAMES.has(key) && Object.getOwnPropertyDescriptor(prototype, key)?.get !== undefined
  );
  return [...own, ...getters(prototype)];
}

/** Whether a prototype is that of plain objects or arrays. */
function isBasic(prototype: unknown): boolean {
  return prototype === null || prototype === Object.prototype || prototype === Array.prototype;
}

function keyPath(owner: object, key: string | symbol): string {
  return Array.isArray(owner) ? `[${String(key)}]` : `.${String(key)}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
