/**
 * Which file imports which: as a value or as a type, at once or when used, to export it again, or
 * as a worker.
 *
 * @module
 */

import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deno } from "./program.ts";

/** The files that each file imports, in alphabetical order; paths from the root on. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The part of the answer of `deno info --json` that matters here. */
interface ModuleInfo {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

/** A worker's module, or another that is named by its address: no list of imports has it. */
const BY_ADDRESS = /new URL\(\s*"(\.[^"]+\.ts)",\s*import\.meta\.url,?\s*\)/g;

/**
 * Reads the imports of files.
 *
 * @param root The folder that paths begin at.
 * @param entries Files, and folders whose `.ts` files are read, those of their folders too.
 * @throws {Error} if a file cannot be read or is no TypeScript.
 */
export async function importGraph(root: string, entries: readonly string[]): Promise<ImportGraph> {
  const files = (await Promise.all(entries.map((entry) => filesOf(root, entry)))).flat();
  const addressOf = (path: string) => pathToFileURL(`${root}/${path}`).href;
  const pathOf = (address: string) => relative(root, fileURLToPath(address));
  const program = files.map((path) => `import ${JSON.stringify(addressOf(path))};`).join("");
  const { code, stdout, stderr } = await deno([
    ...["info", "--json", "--no-config", "--no-npm", "--no-remote"],
    `data:text/typescript,${encodeURIComponent(program)}`,
  ]);
  if (code !== 0) throw new Error(stderr);
  const { modules }: ModuleInfo = JSON.parse(stdout);
  const found = new Map(modules.map((module) => [module.specifier, module]));
  const graph = new Map<string, string[]>();
  for (const path of files) {
    const module = found.get(addressOf(path));
    if (module === undefined) throw new Error(`deno info does not list ${path}`);
    const imported = (module.dependencies ?? []).map(({ code, type }) =>
      code?.specifier ?? type?.specifier
    );
    const text = await Deno.readTextFile(`${root}/${path}`);
    const named = [...text.matchAll(BY_ADDRESS)].map(([, file]) =>
      new URL(file!, addressOf(path)).href
    );
    const targets = [...imported, ...named]
      .filter((address) => address?.startsWith("file:")).map((address) => pathOf(address!));
    graph.set(path, [...new Set(targets)].sort());
  }
  return graph;
}

async function filesOf(root: string, entry: string): Promise<string[]> {
  if (entry.endsWith(".ts")) return [entry];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${entry}`)) {
    if (isDirectory || name.endsWith(".ts")) files.push(...await filesOf(root, `${entry}/${name}`));
  }
  return files.sort();
}

/**
 * Circles of files that import each other: of each knot the shortest one, which begins and ends
 * with the same file.
 */
export function importCircles(graph: ImportGraph): string[][] {
  const circles: string[][] = [];
  const seen = new Set<string>();
  for (const file of graph.keys()) {
    if (seen.has(file)) continue;
    const circle = wayBack(graph, file);
    if (circle === null) continue;
    circles.push(circle);
    // Files of the same knot lead to each other.
    const from = reached(graph, file);
    for (const other of from.keys()) {
      if (reached(graph, other).has(file)) seen.add(other);
    }
  }
  return circles;
}

/** The shortest way from a file over its imports to itself; null if there is none. */
function wayBack(graph: ImportGraph, file: string): string[] | null {
  const from = reached(graph, file);
  if (!from.has(file)) return null;
  const way = [file];
  for (let at = from.get(file)!; at !== file; at = from.get(at)!) way.unshift(at);
  return [file, ...way];
}

/** All files that a file leads to, each with the one that imports it on a shortest way. */
function reached(graph: ImportGraph, file: string): Map<string, string> {
  const from = new Map<string, string>();
  const waiting = [file];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    for (const next of graph.get(at) ?? []) {
      if (from.has(next)) continue;
      from.set(next, at);
      waiting.push(next);
    }
  }
  return from;
}
