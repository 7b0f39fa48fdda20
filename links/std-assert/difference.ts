/**
 * The comparison behind `assertEquals`.
 *
 * @module
 */

/** Prototypes whose instances compare by their text. */
const TEXTUAL: ReadonlySet<unknown> = new Set([
  RegExp.prototype,
  URL.prototype,
  URLSearchParams.prototype,
]);

/**
 * Compares two values deeply.
 *
 * @returns null when they are equal, else the path of the first difference,
 * such as `.blocks[3].weight` (an empty string when the values themselves
 * differ).
 */
export function findDifference(a: unknown, b: unknown): string | null {
  return compare(a, b, "", new Map());
}

function compare(
  a: unknown,
  b: unknown,
  path: string,
  seen: Map<object, object>,
): string | null {
  if (a === b || Object.is(a, b)) return null;
  if (!isObject(a) || !isObject(b)) return path;
  const prototype = Object.getPrototypeOf(a);
  if (
    (prototype ?? Object.prototype) !==
      (Object.getPrototypeOf(b) ?? Object.prototype)
  ) {
    return path;
  }
  if (a instanceof Date) {
    return Object.is(a.getTime(), (b as Date).getTime()) ? null : path;
  }
  if (TEXTUAL.has(prototype)) return String(a) === String(b) ? null : path;
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    return compareElements(a as Uint8Array, b as Uint8Array, path);
  }
  if (a instanceof ArrayBuffer) {
    return compareElements(
      new Uint8Array(a),
      new Uint8Array(b as ArrayBuffer),
      path,
    );
  }
  if (a instanceof WeakMap || a instanceof WeakSet) {
    throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
  }
  if (seen.get(a) === b) return null;
  const outer = seen.get(a);
  seen.set(a, b);
  const found = (a instanceof Set || a instanceof Map) &&
      !sameEntries(a, b as typeof a, seen)
    ? path
    : compareKeys(a, b, path, seen);
  // Only pairs under comparison count as seen: a pair that differed must differ again.
  if (outer === undefined) seen.delete(a);
  else seen.set(a, outer);
  return found;
}

function compareElements(
  a: Uint8Array,
  b: Uint8Array,
  path: string,
): string | null {
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
  seen: Map<object, object>,
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

function compareKeys(
  a: object,
  b: object,
  path: string,
  seen: Map<object, object>,
): string | null {
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) {
    return `${path}.length`;
  }
  for (const key of new Set([...ownKeys(a), ...ownKeys(b)])) {
    const at = `${path}${keyPath(a, key)}`;
    if (!(key in a) || !(key in b)) return at;
    const found = compare(Reflect.get(a, key), Reflect.get(b, key), at, seen);
    if (found !== null) return found;
  }
  return null;
}

/** Enumerable keys; for class instances the hidden ones too (an error's message). */
function ownKeys(value: object): (string | symbol)[] {
  const prototype = Object.getPrototypeOf(value);
  const plain = prototype === null || prototype === Object.prototype ||
    prototype === Array.prototype;
  // The stack says where a value was made, not what it is.
  return Reflect.ownKeys(value).filter((key) =>
    plain ? Object.prototype.propertyIsEnumerable.call(value, key) : key !== "stack"
  );
}

function keyPath(owner: object, key: string | symbol): string {
  return Array.isArray(owner) ? `[${String(key)}]` : `.${String(key)}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
