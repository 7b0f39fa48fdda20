/**
 * Generates kernels/sources.ts from kernels/*.wgsl and kernels/include/*.wgsl, so that no module
 * imports text: registries and plain file servers carry only TypeScript.
 *
 * `deno task kernels` writes it; `--check` fails if it is stale.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { runMain } from "../lib/cli/main.ts";
import { print } from "../lib/cli/stdout.ts";
import { FlmError } from "../lib/errors.ts";
import { type Needs, templateInterface } from "../lib/gpu/template_interface.ts";
import { boolean } from "../lib/schema/field.ts";
import { taskCommand } from "../lib/system/task_command.ts";

const folder = new URL("../kernels/", import.meta.url);
const output = new URL("sources.ts", folder);

/** The texts of a folder by name, sorted. */
function templatesIn(folder: URL): Map<string, string> {
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".wgsl")).sort();
  return new Map(names.map((name) => {
    const text = Deno.readTextFileSync(new URL(name, folder));
    return [name.slice(0, -".wgsl".length), text];
  }));
}

function entries(templates: ReadonlyMap<string, string>): string {
  return [...templates].map(([name, text]) => {
    const escaped = text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
    return `  ${name}: \`${escaped}\`,\n`;
  }).join("");
}

/** A member of an object type; those that are not always needed are optional. */
function objectMember(name: string, needs: Needs, typeOf: (name: string) => string): string {
  const members = [...needs].map(([name, always]) =>
    `${name}${always ? "" : "?"}: ${typeOf(name)}`
  );
  if (members.length === 0) return `    ${name}: Record<never, never>;\n`;
  const line = `    ${name}: { ${members.join("; ")} };\n`;
  return line.length <= 100
    ? line
    : `    ${name}: {\n${members.map((member) => `      ${member};\n`).join("")}    };\n`;
}

/** The first sentence of a kernel's header. */
function headline(source: string): string {
  const header = /^(?:\/\/ .*\n)+/.exec(source)?.[0].replaceAll(/^\/\/ +/gm, "") ?? "";
  return header.replaceAll("\n", " ").split(/[.:;](?: |$)/, 1)[0]!.trim();
}

/** The member of `Kernels` for a template. */
function interfaceEntry(name: string, source: string): string {
  const { constants, bindings, kinds, params } = templateInterface({ name, source }, includes);
  const kindsOf = (binding: string) =>
    [...kinds.get(binding)!].sort().map((kind) => `"${kind}"`).join(" | ");
  return `  /** ${headline(source)}. */\n  ${name}: {\n` +
    objectMember("constants", constants, () => "number") +
    objectMember("bindings", bindings, kindsOf) +
    objectMember("params", params, () => "number") +
    "  };\n";
}

const kernels = templatesIn(folder);
const includeTexts = templatesIn(new URL("include/", folder));
const includes = Object.fromEntries(includeTexts);
const generated = `// Generated from the .wgsl files by \`deno task kernels\`. Do not edit.
// deno-fmt-ignore-file
/**
 * The text of every kernel template, and of every file that they include, by name without
 * \`.wgsl\`.
 *
 * @module
 */

/**
 * What each kernel needs: template constants, bindings (a buffer or an image) and parameters. What
 * is optional depends on the constants.
 */
export interface Kernels {
${[...kernels].map(([name, text]) => interfaceEntry(name, text)).join("")}}

/** Kernels: kernels/NAME.wgsl. */
export const kernels: Readonly<Record<keyof Kernels, string>> = {
${entries(kernels)}};

/** What kernels include: kernels/include/NAME.wgsl. */
export const includes: Readonly<Record<string, string>> = {
${entries(includeTexts)}};
`;

await runMain(() => {
  const { flags } = parseCommandLine({
    name: taskCommand("kernels"),
    doc: "Writes kernels/sources.ts, the text of every kernel, from the .wgsl files.",
    flags: {
      check: boolean({ doc: "Write nothing, but fail if it is stale.", fallback: false }),
    },
  });
  if (flags.check) {
    if (Deno.readTextFileSync(output) === generated) return;
    throw new FlmError(`kernels/sources.ts is stale: write it by ${taskCommand("kernels")}`);
  }
  // Renamed into place, so that a program starting at this moment never reads half of it.
  const temporary = new URL(`sources.ts.${Deno.pid}.tmp`, folder);
  Deno.writeTextFileSync(temporary, generated);
  Deno.renameSync(temporary, output);
  print(`kernels/sources.ts: ${kernels.size} kernels`);
});
