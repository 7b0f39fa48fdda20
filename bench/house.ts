/**
 * Counts how the project is built: `deno task house [FOLDER]`. The folder is a checkout, this one
 * unless given; layers are those of `tests/testing/layers.ts`, whatever checkout it is.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { formatCount } from "../lib/cli/format.ts";
import { runMain } from "../lib/cli/main.ts";
import { path } from "../lib/cli/paths.ts";
import { print } from "../lib/cli/stdout.ts";
import { exists } from "../lib/system/exists.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { tableOf, textTable } from "../tasks/figures/text_table.ts";
import { importCircles, type ImportGraph, importGraph } from "../tests/testing/import_graph.ts";
import { layerOf, LAYERS, wrongImports } from "../tests/testing/layers.ts";
import { deno, ROOT } from "../tests/testing/program.ts";

/** What code says of a method: its kind as text, or names of its classes, functions and keys. */
const METHODS: Readonly<Record<string, RegExp>> = {
  flm: /"flm"|\b(?:Flm(?!Error)[A-Z]?\w+|flm(?:Loss|Objective|Model)\w*)\b|methods\/flm\//,
  psd: /psd|Psd|PSD/,
  semigroup: /semigroup|Semigroup|SEMIGROUP|"flow_map"/,
  second_stage: /second_stage|secondStage|SecondStage|SECOND_STAGE/,
  ar: /"ar"|\bAR_|\bar(?=[A-Z])\w+|\bAr[A-Z]\w+|\bCausalObjective|methods\/ar\//,
};

/** How many of the longest files are listed. */
const LONGEST = 10;

/** A file of the project. */
interface SourceFile {
  readonly path: string;
  readonly lines: number;
  /** Its text without comments. */
  readonly code: string;
}

/** The TypeScript files of a folder, generated ones left out. */
async function sourceFiles(root: string, graph: ImportGraph): Promise<SourceFile[]> {
  const paths = [...graph.keys()].filter((path) => path !== "kernels/sources.ts");
  return await Promise.all(paths.map(async (path) => {
    const text = await Deno.readTextFile(`${root}/${path}`);
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    return { path, lines: text.split("\n").length - 1, code };
  }));
}

/** The folder that a file belongs to as people see it: `lib/ops`, `tasks/report`, `tests`. */
function roomOf(path: string): string {
  const [first, second, third] = path.split("/");
  return third !== undefined && (first === "lib" || first === "tasks")
    ? `${first}/${second}`
    : second === undefined
    ? "."
    : first!;
}

/** The entries of a checkout: names by which its modules are imported, with their files. */
async function doorsOf(root: string): Promise<[string, string][]> {
  const { exports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`)) as {
    exports: string | Record<string, string>;
  };
  return typeof exports === "string" ? [[".", exports]] : Object.entries(exports);
}

/** What `deno SUBCOMMAND --json FILE` says in a checkout. */
async function asJson<T>(root: string, subcommand: string, file: string): Promise<T> {
  const { code, stdout, stderr } = await deno([subcommand, "--json", file], { cwd: root });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The names that a module exports, types included. */
async function numExports(root: string, file: string): Promise<number> {
  const { nodes } = await asJson<{ nodes: Record<string, { symbols: unknown[] }> }>(
    root,
    "doc",
    file,
  );
  return Object.values(nodes).reduce((sum, { symbols }) => sum + symbols.length, 0);
}

/** The part of the answer of `deno info --json` that matters here. */
interface ModuleInfo {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** How many modules of the project a module loads at once, and may load ever, types included. */
async function numModules(root: string, file: string): Promise<[atOnce: number, ever: number]> {
  const { roots, modules } = await asJson<ModuleInfo>(root, "info", file);
  const own = new Map(
    modules.filter(({ specifier }) => specifier.startsWith("file:"))
      .map(({ specifier, dependencies = [] }) => [specifier, dependencies]),
  );
  const loaded = new Set(roots);
  for (const address of loaded) {
    for (const { code, isDynamic } of own.get(address) ?? []) {
      if (!isDynamic && own.has(code?.specifier ?? "")) loaded.add(code!.specifier!);
    }
  }
  return [loaded.size, own.size];
}

async function words(page: string): Promise<number> {
  return (await Deno.readTextFile(page)).split(/\s+/).filter(Boolean).length;
}

function printRows(title: string, rows: readonly (readonly [string, ...(string | number)[]])[]) {
  const columns = (rows[0] ?? [""]).map((_, i) => ({
    head: i === 0 ? title : "",
    text: (row: readonly (string | number)[]) => {
      const cell = row[i]!;
      return typeof cell === "number" ? formatCount(cell) : cell;
    },
  }));
  const [, ...lines] = textTable(tableOf(rows, columns)).split("\n");
  print(`${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}

async function measure(root: string): Promise<void> {
  const folders = ["lib", "tasks", "kernels", "bench", "tests", "examples"];
  const there: string[] = [];
  for (const folder of folders) if (await exists(`${root}/${folder}`)) there.push(folder);
  const graph = await importGraph(root, [...there, "mod.ts"]);
  const files = await sourceFiles(root, graph);
  const built = new Map(
    [...graph].filter(([path]) => /^(lib|tasks|kernels)\/|^mod\.ts$/.test(path)),
  );
  const wrong = wrongImports(built);

  printRows(
    "Files of lib, tasks and mod.ts that name a method; in its own folder; elsewhere",
    Object.entries(METHODS).map(([method, name]) => {
      const naming = files.filter(({ path, code }) =>
        built.has(path) && !path.startsWith("tasks/parity/") && !path.startsWith("tasks/golden/") &&
        name.test(code)
      );
      const own = naming.filter(({ path }) => path.startsWith(`lib/methods/${method}/`));
      return [method, naming.length, own.length, naming.length - own.length] as const;
    }),
  );
  printRows("Imports", [
    ["upward", wrong.filter((each) => each.endsWith("above it")).length],
    ["of doors by lib", wrong.filter((each) => each.includes("the door")).length],
    ["circles", importCircles(built).length],
    ["files in no layer", [...built.keys()].filter((path) => layerOf(path) < 0).length],
    ["layers", LAYERS.length],
  ]);
  const doors: [string, number, number, number][] = [];
  for (const [name, file] of await doorsOf(root)) {
    doors.push([name, await numExports(root, file), ...await numModules(root, file)]);
  }
  printRows("Doors; names exported; modules loaded at once; modules reached", doors);
  const pages: [string, number][] = [];
  for (const page of ["README.md", "CONTRIBUTING.md", "bench/README.md"]) {
    pages.push([page, await words(`${root}/${page}`)]);
  }
  if (await exists(`${root}/docs`)) {
    for await (const { name } of Deno.readDir(`${root}/docs`)) {
      pages.push([`docs/${name}`, await words(`${root}/docs/${name}`)]);
    }
  }
  printRows("Pages; words", pages.sort(([a], [b]) => a < b ? -1 : 1));
  const rooms = Map.groupBy(files, ({ path }) => roomOf(path));
  const sizes = [...rooms].map(([room, within]) =>
    [room, within.length, within.reduce((sum, { lines }) => sum + lines, 0)] as const
  );
  printRows("Rooms; files; lines", sizes.sort(([a], [b]) => a < b ? -1 : 1));
  printRows(
    "Longest files of lib and tasks; lines",
    files.filter(({ path }) => built.has(path))
      .sort((a, b) => b.lines - a.lines).slice(0, LONGEST)
      .map(({ path, lines }) => [path, lines] as const),
  );
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Counts how the project is built: imports, doors, pages, rooms, files of a method.",
  positionals: [{ name: "FOLDER", flag: "folder" }],
  flags: {
    folder: optional(path({
      doc: "A checkout; this one unless given.",
      expected: "the folder of a checkout",
    })),
  },
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({ name: taskCommand("house"), ...COMMAND });
    await measure(resolve(flags.folder ?? ROOT));
  });
}
