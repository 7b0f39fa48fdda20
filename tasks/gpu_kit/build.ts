/**
 * Builds a kit: a folder with everything that a measurement of a card needs but the driver.
 *
 * @module
 */

import { dirname } from "node:path";
import { textCorpus } from "../../lib/data/corpora/text_corpus.ts";
import { preprocess } from "../../lib/data/preprocess/preprocess.ts";
import { FlmError } from "../../lib/errors.ts";
import { writeJsonFile } from "../../lib/io/json_file.ts";
import { writeDirectoryAtomic, writeFile } from "../../lib/system/atomic.ts";
import { exists } from "../../lib/system/exists.ts";
import { makeFolder, whileReading } from "../../lib/system/system_error.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { CONTENTS, filesOf, TEXTS } from "./contents.ts";
import type { FoundPackage } from "./packages.ts";
import { packFile, type Packing } from "./pack.ts";

/** The project's folder. */
const ROOT = new URL("../../", import.meta.url).pathname;
/** The machine that a kit is for. */
const TARGET = "x86_64-unknown-linux-gnu";
/** The most that a kit may take. */
const MAX_BYTES = 60 * 2 ** 20;
/** Tokens of a block of the shards, as of the model that comes with flm. */
const LENGTH = 16;
/** Where a Vulkan loader lies; a kit takes it along for machines that have a driver alone. */
const LOADERS = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib64"]
  .map((folder) => `${folder}/libvulkan.so.1`);

/** What was built. */
export interface BuiltKit {
  readonly bytes: number;
  readonly numFiles: number;
}

/** A kit has this machine's Deno. @throws {FlmError} if it would not run where kits do. */
export function requireKitMachine({ target } = Deno.build): void {
  if (target === TARGET) return;
  throw new FlmError(
    `A kit is for ${TARGET} and takes Deno along from the machine that makes it, and this is ` +
      `${target}: make it on a PC with Linux.`,
  );
}

/**
 * Builds a kit in place of what is in the folder.
 *
 * @param deno The program that it takes along: this one unless told.
 * @throws {FlmError} if a file cannot be read, packed or written, or all are more than
 * {@linkcode MAX_BYTES}.
 */
export async function buildKit(
  folder: string,
  packages: readonly FoundPackage[],
  packing: Packing,
  deno = Deno.execPath(),
): Promise<BuiltKit> {
  await makeFolder(dirname(folder));
  let built: BuiltKit = { bytes: 0, numFiles: 0 };
  await writeDirectoryAtomic(folder, async (kit) => {
    for (const path of await filesOf(ROOT, CONTENTS)) await copy(ROOT + path, `${kit}/${path}`);
    await copy(`${ROOT}tasks/gpu_kit/run.sh`, `${kit}/run.sh`);
    await writeFile(`${kit}/commit`, `${await commitOf(ROOT)}\n`);
    await makeFolder(`${kit}/bin`);
    await packFile(deno, `${kit}/bin/deno`, packing);
    for (const each of packages) await addPackage(kit, each, packing);
    await addLoader(kit);
    await addShards(kit);
    await writeJsonFile(`${kit}/deno.json`, await denoJson(packages));
    built = await measure(kit);
    if (built.bytes > MAX_BYTES) throw tooLarge(built.bytes, packing);
  });
  return built;
}

async function copy(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await whileReading(from, Deno.copyFile(from, to));
}

async function addPackage(kit: string, each: FoundPackage, packing: Packing): Promise<void> {
  const { folder, name, main, files, packed } = each;
  const to = `${kit}/packages/${name}`;
  for (const file of [main, ...files]) await copy(`${folder}/${file}`, `${to}/${file}`);
  for (const file of packed) {
    await makeFolder(dirname(`${to}/${file}`));
    await packFile(`${folder}/${file}`, `${to}/${file}`, packing);
  }
}

/** A kit without a loader runs where there is one. */
async function addLoader(kit: string): Promise<void> {
  for (const path of LOADERS) {
    if (!await exists(path)) continue;
    await copy(path, `${kit}/vulkan/libvulkan.so.1`);
    return;
  }
}

/** Shards of the project's own pages, in tokens of the model that comes with flm. */
async function addShards(kit: string): Promise<void> {
  const pages = (await filesOf(ROOT, TEXTS)).filter((path) => path.endsWith(".md"));
  const texts = await Promise.all(pages.map((path) => Deno.readTextFile(ROOT + path)));
  const tokenizerFile = `${ROOT}data/showcase/tokenizer.json`;
  const tokenizer = await createTokenizer("bpe", { file: tokenizerFile });
  await makeFolder(`${kit}/shards`);
  const dir = `${kit}/shards/kit`;
  const corpus = textCorpus("pages of flm", texts.flatMap((text) => text.split(/\n\n+/)));
  await preprocess(corpus, tokenizer, { dir, length: LENGTH, validationFraction: 0.05 });
}

/** The kit's own deno.json: packages lie in it, and nothing is fetched. */
async function denoJson(packages: readonly FoundPackage[]): Promise<Record<string, unknown>> {
  const own = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const imports = packages.map(({ specifier, name, main }) =>
    [specifier, `./packages/${name}/${main}`] as const
  );
  return {
    version: own.version,
    imports: { "@std/assert": "./links/std-assert/mod.ts", ...Object.fromEntries(imports) },
    compilerOptions: own.compilerOptions,
  };
}

/**
 * The commit of the sources, with a mark if they differ from it; "unknown" where there is no git.
 */
async function commitOf(folder: string): Promise<string> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", {
      args,
      ...{ cwd: folder, stdin: "null", stderr: "null" },
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  };
  try {
    const commit = await git("rev-parse", "HEAD");
    if (commit === null) return "unknown";
    const changes = await git("status", "--porcelain", "--untracked-files=no");
    return changes === "" ? commit : `${commit}, changed`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "unknown";
    throw error;
  }
}

async function measure(kit: string): Promise<BuiltKit> {
  const files = await filesOf(kit, ["."]);
  const sizes = await Promise.all(
    files.map(async (path) => (await Deno.stat(`${kit}/${path}`)).size),
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), numFiles: files.length };
}

function tooLarge(bytes: number, packing: Packing): FlmError {
  const mebibytes = (count: number) => `${(count / 2 ** 20).toFixed(1)} MiB`;
  return new FlmError(
    `The kit would have ${mebibytes(bytes)}, and may have ${mebibytes(MAX_BYTES)}: ` +
      (packing === "gz"
        ? "pack it closer, with --xz."
        : "take less along, in tasks/gpu_kit/contents.ts."),
  );
}
