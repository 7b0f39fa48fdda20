/**
 * Generates kernels/sources.ts from kernels/*.wgsl and kernels/include/*.wgsl, so that no module
 * imports text: registries and plain file servers carry only TypeScript.
 *
 * `deno task kernels` writes it; `--check` fails if it is stale.
 *
 * @module
 */

import { writeStderr } from "../lib/cli/stderr.ts";
import { print } from "../lib/cli/stdout.ts";

const folder = new URL("../kernels/", import.meta.url);
const output = new URL("sources.ts", folder);

/** The texts of a folder by name, sorted. */
function templatesIn(folder: URL): Map<string, string> {
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".wgsl")).sort();
  return new Map(
    names.map((
      name,
    ) => [name.slice(0, -".wgsl".length), Deno.readTextFileSync(new URL(name, folder))]),
  );
}

function entries(templates: ReadonlyMap<string, string>): string {
  return [...templates].map(([name, text]) => {
    const escaped = text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
    return `  ${name}: \`${escaped}\`,\n`;
  }).join("");
}

const kernels = templatesIn(folder);
const includes = templatesIn(new URL("include/", folder));
const generated = `// Generated from the .wgsl files by \`deno task kernels\`. Do not edit.
// deno-fmt-ignore-file
/**
 * The text of every kernel template, and of every file that they include, by name without
 * \`.wgsl\`.
 *
 * @module
 */

/** Kernels: kernels/NAME.wgsl. */
export const kernels: Readonly<Record<string, string>> = {
${entries(kernels)}};

/** What kernels include: kernels/include/NAME.wgsl. */
export const includes: Readonly<Record<string, string>> = {
${entries(includes)}};
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
  print(`kernels/sources.ts: ${kernels.size} kernels`);
}
