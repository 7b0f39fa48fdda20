/**
 * Writes what is made from the table of configuration keys, from deno.json and from plans of the
 * paper's recipes: `deno task docs`; `--check` fails if any of it is stale.
 *
 * That is lib/config/types.ts, tasks/completion/flags.txt, and parts of docs/. A part stands
 * between `<!-- begin NAME -->` and `<!-- end NAME -->`; the text around it is written by hand.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { runMain } from "../lib/cli/main.ts";
import { print } from "../lib/cli/stdout.ts";
import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/config_file.ts";
import { CONFIG_SCHEMA } from "../lib/config/schema.ts";
import { FlmError } from "../lib/errors.ts";
import { methodOf } from "../lib/methods/table.ts";
import { tokenSizesOf } from "../lib/planning/token_sizes.ts";
import { boolean } from "../lib/schema/field.ts";
import { commandsOf, flagLines } from "./docs/commands.ts";
import { configTypes } from "./docs/config_types.ts";
import { configurationTables } from "./docs/configuration.ts";
import { type ListedModule, moduleTable } from "./docs/modules.ts";
import { replacePart } from "./docs/parts.ts";
import {
  daysTable,
  memoryTable,
  type PlannedTraining,
  planTrainings,
  workTable,
} from "./docs/reproduction.ts";
import { type Tasks, taskTable } from "./docs/tasks.ts";
import { describeRecipePlan } from "./planning/plan_text.ts";
import { planRecipe } from "./planning/recipe_plan.ts";

const root = new URL("../", import.meta.url);

/** The recipes of the paper, by their titles. */
const PAPER_RECIPES = { LM1B: "lm1b", OpenWebText: "owt" };

/** What is made of a file: its new text from what there is. */
type Maker = [file: string, make: (before: string) => string];

/** All that is made. */
async function makers(): Promise<Maker[]> {
  const project: Tasks & { exports: Record<string, string> } = JSON.parse(await read("deno.json"));
  const doors = Object.entries(project.exports).map(([door, path]) =>
    listed(door.replace(/^\./, "@flm/flm"), path.replace(/^\.\//, ""))
  );
  const trainings = await paperTrainings();
  const flags = flagLines(await commandsOf(project));
  return [
    ["lib/config/types.ts", () => configTypes(CONFIG_SCHEMA)],
    ["tasks/completion/flags.txt", () => flags],
    part("docs/configuration.md", "keys", configurationTables(CONFIG_SCHEMA)),
    part("docs/tasks.md", "tasks", taskTable(project)),
    part("docs/api.md", "doors", moduleTable("Door", await Promise.all(doors))),
    part("docs/api.md", "examples", moduleTable("Program", await programsIn("examples"))),
    part("docs/memory.md", "plan", await planOfCards()),
    part("docs/reproduction.md", "work", workTable(trainings)),
    part("docs/reproduction.md", "memory", memoryTable(trainings)),
    part("docs/reproduction.md", "days", daysTable(trainings)),
  ];
}

function part(file: string, name: string, text: string): Maker {
  return [file, (before) => replacePart(file, before, name, text)];
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

/** What `deno task plan owt --method flm --cards 8 --gpu-memory 24GB` prints, as a block. */
async function planOfCards(): Promise<string> {
  const config = await loadRecipe(PAPER_RECIPES.OpenWebText);
  const plan = await planRecipe(config, [methodOf("flm")], await tokenSizesOf(config.data), {
    ...{ cards: 8, gpuMemory: 24e9, tflops: null },
    device: { kind: "gpu", maxBindingBytes: 2 ** 31 - 1 },
  });
  return `\`\`\`\n${describeRecipePlan(plan)}\n\`\`\``;
}

async function loadRecipe(name: string): Promise<Config> {
  return await loadConfig(fileURLToPath(new URL(`data/${name}.yaml`, root)));
}

async function paperTrainings(): Promise<PlannedTraining[]> {
  const planned: PlannedTraining[] = [];
  for (const [title, name] of Object.entries(PAPER_RECIPES)) {
    const config = await loadRecipe(name);
    planned.push(...await planTrainings(title, config, await tokenSizesOf(config.data)));
  }
  return planned;
}

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, root));
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags: { check } } = parseCommandLine({
      name: "deno task docs",
      doc:
        "Writes what is made from the table of configuration keys, from deno.json and from plans.",
      flags: { check: boolean({ doc: "Write nothing, but fail if any of it is stale." }) },
    });
    for (const [file, make] of await makers()) {
      const before = await read(file);
      const after = make(before);
      if (after === before) continue;
      if (check) throw new FlmError(`${file} is stale: run deno task docs.`);
      await Deno.writeTextFile(new URL(file, root), after);
      print(file);
    }
  });
}
