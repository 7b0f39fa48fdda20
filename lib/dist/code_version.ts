/**
 * Which flm this is: ranks that run different ones would train different models, without a word.
 *
 * @module
 */

import { sha256 } from "../system/sha256.ts";
import { whileReading } from "../system/system_error.ts";

/** The project's folder, or the address that it was loaded from. */
const ROOT = new URL("../../", import.meta.url);

/**
 * The SHA-256 of the program's files, so that any change shows; of a program that was loaded from
 * a server, its address, in which the version stands.
 *
 * @throws {FlmError} if a file cannot be read.
 */
export async function codeVersion(): Promise<string> {
  if (ROOT.protocol !== "file:") return ROOT.href;
  const paths = await filesIn(new URL("lib/", ROOT));
  const hash = sha256();
  for (const { href, pathname } of [...paths, new URL("kernels/sources.ts", ROOT)]) {
    hash.update(new TextEncoder().encode(href.slice(ROOT.href.length)));
    hash.update(await whileReading(pathname, Deno.readFile(new URL(href))));
  }
  return hash.hex();
}

/** The files in a folder and those in it, in the order of their names. */
async function filesIn(folder: URL): Promise<URL[]> {
  const entries = await whileReading(folder.pathname, Array.fromAsync(Deno.readDir(folder)));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const files: URL[] = [];
  for (const { name, isDirectory } of entries) {
    const address = new URL(encodeURIComponent(name) + (isDirectory ? "/" : ""), folder);
    if (isDirectory) files.push(...await filesIn(address));
    else if (name.endsWith(".ts")) files.push(address);
  }
  return files;
}
