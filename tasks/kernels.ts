/**
 * Generates kernels/sources.ts from kernels/*.wgsl, so that no module imports text:
 * registries and plain file servers carry only TypeScript.
 *
 * `deno task kernels` writes it; `--check` fails if it is stale.
 *
 * @module
 */

import { writeStderr } from "../lib/cli/stderr.ts";
import { print } from "../lib/cli/stdout.ts";

const folder = new URL("../kernels/", import.meta.url);
const output = new URL("sources.ts", folder);

const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
  .filter((name) => name.endsWith(".wgsl")).sort();
const entries = names.map((name) => {
  const text = Deno.readTextFileSync(new URL(name, folder));
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
  return `  ${name.slice(0, -".wgsl".length)}: \`${escaped}\`,\n`;
});
const generated = `// Generated from kernels/*.wgsl by \`deno task kernels\`. Do not edit.
// deno-fmt-ignore-file
/**
 * The text of every kernel template, by file name without \`.wgsl\`.
 *
 * @module
 */

/** Template texts by name. */
export const sources: Readonly<Record<string, string>> = {
${entries.join("")}};
`;

if (Deno.args.includes("--check")) {
  if (Deno.readTextFileSync(output) !== generated) {
    writeStderr("kernels/sources.ts is stale: run `deno task kernels`.\n");
    Deno.exit(1);
  }
} else {
  // Renamed into place, so that a program starting at this moment never reads half of it.
  const temporary = new URL(`sources.ts.${Deno.pid}.tmp`, folder);
  Deno.writeTextFileSync(temporary, generated);
  Deno.renameSync(temporary, output);
  print(`kernels/sources.ts: ${names.length} kernels`);
}
