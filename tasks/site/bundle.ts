/**
 * The site's programs, each in one file.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { FlmError } from "../../lib/errors.ts";
import { beginWork } from "../../lib/system/long_work.ts";
import { visibleText } from "../../lib/system/visible.ts";

/** What `deno bundle` stands on, but with a target. */
const ESBUILD = "npm:esbuild@0.25.5";

/**
 * The oldest browsers that the programs are for: of what these lack, esbuild makes what they have.
 */
const TARGET = "chrome140,firefox141,safari26";

/**
 * A program for browsers, with all that it imports, as JavaScript.
 *
 * @param entry Its address.
 * @throws {FlmError} if Deno or esbuild cannot make it, with what they say.
 */
export async function bundle(entry: URL): Promise<string> {
  const path = fileURLToPath(entry);
  using _work = beginWork(`bundle ${path}`);
  const program = await deno(path, [
    "bundle",
    "--quiet",
    "--minify",
    "--platform",
    "browser",
    path,
  ]);
  const allowed = ["--allow-read", "--allow-env", "--allow-run"];
  return await deno(
    path,
    ["run", "--quiet", ...allowed, ESBUILD, "--minify", `--target=${TARGET}`],
    program,
  );
}

/** What Deno prints. @param path What it works on, for messages. */
async function deno(path: string, args: string[], stdin = ""): Promise<string> {
  const child = new Deno.Command("deno", {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Whoever ends early has said why.
  const written = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
  const [{ success, stdout, stderr }] = await Promise.all([child.output(), written]);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  throw new FlmError(
    `Cannot make one file of ${path}: deno ${args[0]} says ${visibleText(text(stderr)).trim()}`,
  );
}
