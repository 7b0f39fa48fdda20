/**
 * Writes the parts of docs/ that are made from the code: `deno task docs`; `--check` fails if one
 * is stale.
 *
 * A part stands between `<!-- begin NAME -->` and `<!-- end NAME -->`; the text around it is
 * written by hand.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { runMain } from "../lib/cli/main.ts";
import { print } from "../lib/cli/stdout.ts";
import { CONFIG_SCHEMA } from "../lib/config/schema.ts";
import { FlmError } from "../lib/errors.ts";
import { boolean } from "../lib/schema/field.ts";
import { configurationTables } from "./docs/configuration.ts";
import { type ListedModule, moduleTable } from "./docs/modules.ts";
import { replacePart } from "./docs/parts.ts";
import { type Tasks, taskTable } from "./docs/tasks.ts";

const root = new URL("../", import.meta.url);

/** What is made, by file and name of the part. */
async function makeParts(): Promise<[file: string, part: string, text: string][]> {
  const project: Tasks & { exports: Record<string, string> } = JSON.parse(await read("deno.json"));
  const doors = Object.entries(project.exports).map(([door, path]) =>
    listed(door.replace(/^\./, "@flm/flm"), path.replace(/^\.\//, ""))
  );
  const examples = await programsIn("examples");
  return [
    ["docs/configuration.md", "keys", configurationTables(CONFIG_SCHEMA)],
    ["docs/tasks.md", "tasks", taskTable(project)],
    ["docs/api.md", "doors", moduleTable("Door", await Promise.all(doors))],
    ["docs/api.md", "examples", moduleTable("Program", examples)],
  ];
}

async function listed(name: string, path: string): Promise<ListedModule> {
  return { name, path, source: await read(path) };
}

/** The programs of a folder, in the order of their names. */
async function programsIn(folder: string): Promise<ListedModule[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(folder, root)));
  const names = entries.map(({ name }) => name).filter((name) => name.endsWith(".ts")).sort();
  return await Promise.all(names.map((name) => listed(name, `${folder}/${name}`)));
}

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, root));
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags: { check } } = parseCommandLine({
      name: "deno task docs",
      doc: "Writes the parts of docs/ that are made from the code.",
      flags: { check: boolean({ doc: "Write nothing, but fail if one is stale." }) },
    });
    for (const [file, part, text] of await makeParts()) {
      const url = new URL(file, root);
      const before = await Deno.readTextFile(url);
      const after = replacePart(file, before, part, text);
      if (after === before) continue;
      if (check) throw new FlmError(`${file} is stale: run deno task docs.`);
      await Deno.writeTextFile(url, after);
      print(`${file}: ${part}`);
    }
  });
}
