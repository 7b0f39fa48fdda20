/**
 * Modules that the runtime has built in, without an import: a page that loads this program has
 * none of them, and must not fail for what it does not use.
 *
 * @module
 */

/** The modules that are used, by their names. */
interface Builtins {
  "node:crypto": typeof import("node:crypto");
  "node:path": typeof import("node:path");
  "node:stream": typeof import("node:stream");
  "node:url": typeof import("node:url");
  "node:util": typeof import("node:util");
  "node:v8": typeof import("node:v8");
  "node:zlib": typeof import("node:zlib");
}

/** A module; undefined in a page. */
export function findBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): Builtins[Name] | undefined };
  };
  return process?.getBuiltinModule?.(name);
}

/** A module for what no page does. @throws {TypeError} in a page. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const module = findBuiltin(name);
  if (module === undefined) throw new TypeError(`${name} is not there: this is no task for a page`);
  return module;
}
