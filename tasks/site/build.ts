/**
 * Builds the site's folder.
 *
 * @module
 */

import { readText } from "../../lib/io/read_text.ts";
import { FlmError } from "../../lib/errors.ts";
import { writeDirectoryAtomic, writeFile } from "../../lib/system/atomic.ts";
import { sha256Hex } from "../../lib/system/sha256.ts";
import { makeFolder, whileReading } from "../../lib/system/system_error.ts";
import { bundle } from "./bundle.ts";
import type { ModelFiles } from "./model_files.ts";
import type { KeptFiles } from "./offline/kept_files.ts";

/** The page, whose name stays. */
const PAGE = "index.html";
/** The service worker, whose name stays. */
const SERVICE_WORKER = "sw.js";

/** What was built. */
export interface BuiltSite {
  /** Bytes of the programs, the page and its style. */
  readonly bytes: number;
  /** Bytes of the model. */
  readonly modelBytes: number;
}

/**
 * Builds the site in place of what is in the folder. Files are named after their content, so that
 * neither browsers nor servers take an old one for a new one.
 *
 * @throws {FlmError} if a file cannot be read, made or written.
 */
export async function buildSite(folder: string, model: ModelFiles): Promise<BuiltSite> {
  const here = (path: string) => new URL(path, import.meta.url);
  const read = async (name: string) => await Deno.readTextFile(here(name));
  const sources = {
    "page.js": await bundle(here("page/main.ts")),
    "worker.js": await bundle(here("worker/main.ts")),
    "style.css": await read("style.css"),
    "icon.svg": await read("icon.svg"),
  };
  const named = new Map<string, string>();
  let page = await read(PAGE);
  for (const [name, content] of Object.entries(sources)) {
    const newName = name.replace(".", `.${await mark(content)}.`);
    named.set(newName, content);
    page = page.replaceAll(`"${name}"`, `"${newName}"`);
  }
  const state = await readText(`${model.folder}/${model.main}`, FlmError);
  // It has the hashes of the others.
  const modelFolder = `model.${await mark(state)}`;
  const sizes = await Promise.all(model.names.map(async (name) => {
    const path = `${model.folder}/${name}`;
    return (await whileReading(path, Deno.stat(path))).size;
  }));
  const modelBytes = sizes.reduce((sum, size) => sum + size, 0);
  page = page.replace('"model/"', `"${modelFolder}/"`)
    .replace('data-model-bytes="0"', `data-model-bytes="${modelBytes}"`)
    // It has no character that means anything in HTML.
    .replace(">model</option>", `>${model.name}</option>`);
  const kept: KeptFiles = {
    page: "./",
    named: [...named.keys(), ...model.names.map((name) => `${modelFolder}/${name}`)],
  };
  const files = new Map([
    ...named,
    [PAGE, page],
    [
      SERVICE_WORKER,
      `const KEPT = ${JSON.stringify(kept)};\n${await bundle(here("offline/main.ts"))}`,
    ],
  ]);
  await makeFolder(folder);
  await writeDirectoryAtomic(folder, async (temporary) => {
    for (const [name, content] of files) await writeFile(`${temporary}/${name}`, content);
    await makeFolder(`${temporary}/${modelFolder}`);
    for (const name of model.names) {
      const path = `${model.folder}/${name}`;
      const file = await whileReading(path, Deno.open(path));
      await writeFile(`${temporary}/${modelFolder}/${name}`, file.readable);
    }
  });
  const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  return { bytes, modelBytes };
}

/** A few letters that tell a content from others. */
async function mark(content: string): Promise<string> {
  return (await sha256Hex(content)).slice(0, 10);
}
