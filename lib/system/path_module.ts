/**
 * The platform's module of paths.
 *
 * @module
 */

/** The module, without an import: a page has none, and no folders either. */
export function pathModule(): typeof import("node:path") | undefined {
  const { process } = globalThis as { process?: Pick<NodeJS.Process, "getBuiltinModule"> };
  return process?.getBuiltinModule("node:path");
}
