/**
 * Packages that are loaded when they are first used.
 *
 * @module
 */

import { beginWork } from "./long_work.ts";

/**
 * A module of a package, which Deno fetches into its cache when it is first asked for. An import
 * by a literal would be fetched at every start, and needs an import map for a bare name, which a
 * program has not that was loaded by its address.
 *
 * @param specifier With the registry and the version, such as `npm:NAME@1.2.3/data.json`.
 * @throws {TypeError} if it cannot be had.
 */
export async function importPackage<Module>(specifier: string): Promise<Module> {
  const options = specifier.endsWith(".json") ? { with: { type: "json" } } : {};
  using _work = beginWork(`fetch ${specifier}`);
  return await import(specifier, options);
}
