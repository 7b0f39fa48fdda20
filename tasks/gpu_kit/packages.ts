/**
 * The packages of npm that a kit has, as Deno keeps them.
 *
 * @module
 */

import { FlmError } from "../../lib/errors.ts";
import { DAWN_PACKAGE } from "../../lib/gpu/backend.ts";
import { exists } from "../../lib/system/exists.ts";

/** A package in a kit. */
export interface KitPackage {
  /** How programs import it. */
  readonly specifier: string;
  /** Its folder in the kit. */
  readonly name: string;
  /** Its main file. */
  readonly main: string;
  /** What else is taken of it. */
  readonly files: readonly string[];
  /** What is packed of it, since it is large. */
  readonly packed: readonly string[];
}

/** What a measurement needs: Dawn, as built for x86-64 Linux, and what reads recipes. */
export const KIT_PACKAGES: readonly KitPackage[] = [
  {
    specifier: DAWN_PACKAGE,
    name: "webgpu",
    main: "index.js",
    files: ["package.json", "LICENSE.md"],
    packed: ["dist/linux-x64/dawn.node"],
  },
  {
    specifier: "npm:js-yaml@5.5.0",
    name: "js-yaml",
    main: "dist/js-yaml.mjs",
    files: ["LICENSE"],
    packed: [],
  },
];

/** A package with the folder that it lies in. */
export interface FoundPackage extends KitPackage {
  readonly folder: string;
}

/**
 * Finds the packages in Deno's cache, fetching what is not there.
 *
 * @throws {FlmError} if one cannot be had.
 */
export async function packagesFor(): Promise<FoundPackage[]> {
  const { npmCache } = JSON.parse(await deno("info", "--json")) as { npmCache: string };
  const found: FoundPackage[] = [];
  for (const each of KIT_PACKAGES) {
    let folder = await folderOf(npmCache, each);
    if (folder === null) {
      // Without the lock, to which it would be added.
      await deno("cache", "--quiet", "--no-lock", "--no-config", each.specifier);
      folder = await folderOf(npmCache, each);
    }
    if (folder === null) {
      throw new FlmError(
        `${each.specifier} is not in ${npmCache}, and deno cache did not bring it there with ` +
          `${each.main}: remove its folder there, and try again.`,
      );
    }
    found.push({ ...each, folder });
  }
  return found;
}

/** The folder of a package in the cache, whatever registry it is from; null if it is not whole. */
async function folderOf(npmCache: string, { specifier, main, packed }: KitPackage) {
  const [, name, version] = /^npm:(.+)@(.+)$/.exec(specifier)!;
  if (!await exists(npmCache)) return null;
  for await (const { name: registry } of Deno.readDir(npmCache)) {
    const folder = `${npmCache}/${registry}/${name}/${version}`;
    const there = await Promise.all([main, ...packed].map((file) => exists(`${folder}/${file}`)));
    if (there.every(Boolean)) return folder;
  }
  return null;
}

async function deno(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  throw new FlmError(
    `deno ${args.join(" ")} failed: ${text(stderr).trim()} Packages are fetched from the npm ` +
      `registry when a kit is first made: check the network.`,
  );
}
