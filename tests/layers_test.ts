/**
 * Dependencies point one way: files import what lies below them, and no file leads to itself.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { withFolder } from "./testing/folder.ts";
import { importCircles, type ImportGraph, importGraph } from "./testing/import_graph.ts";
import { layerOf, LAYERS, wrongImports } from "./testing/layers.ts";
import { ROOT } from "./testing/program.ts";

const graph = await importGraph(ROOT, ["lib", "tasks", "kernels", "mod.ts"]);

Deno.test("no file of lib, tasks and kernels imports what is above it", () => {
  assertEquals(wrongImports(graph), []);
});

Deno.test("no file of lib, tasks and kernels leads to itself by what it imports", () => {
  assertEquals(importCircles(graph), []);
});

Deno.test("every layer has a file", () => {
  const used = new Set([...graph.keys()].map((path) => layerOf(path)));
  assertEquals(LAYERS.filter((_, i) => !used.has(i)), []);
});

Deno.test("CONTRIBUTING lists the folders of lib/ in the order of their layers", async () => {
  const text = await Deno.readTextFile(`${ROOT}CONTRIBUTING.md`);
  const [, block] = /^lib\/.*\n((?: +.*\n)+)/m.exec(text)!;
  const listed = [...block!.matchAll(/^ {2}(\S+?)\/? /gm)].map(([, name]) => `lib/${name}`);
  const folders = LAYERS.flat().filter((each) => /^lib\/[a-z_]+(\.ts)?$/.test(each));
  assertEquals(listed, folders);
});

/** A small tree, with an import of every form. */
const TREE = {
  "lib/low/a.ts": 'import { b } from "./b.ts";\nexport const a = b;\n',
  "lib/low/b.ts": "export const b = 1;\nexport type B = number;\n",
  "lib/low/mod.ts": 'export * from "./a.ts";\nexport type { B } from "./b.ts";\n',
  "lib/high/value.ts": 'import { a } from "../low/a.ts";\nimport "npm:none";\nexport { a };\n',
  "lib/high/type.ts": 'import type { B } from "../low/b.ts";\nexport type C = B;\n',
  "lib/high/inline.ts": 'export type C = import("../low/b.ts").B;\n',
  "lib/high/later.ts": 'export const a = (await import("../low/a.ts")).a;\n',
  "lib/high/thread.ts": 'new Worker(new URL("./worker.ts", import.meta.url));\n',
  "lib/high/worker.ts": '// import "../low/b.ts"\nimport "node:path";\n',
};

async function treeGraph(changes: Readonly<Record<string, string>>): Promise<ImportGraph> {
  return await withFolder(async (folder) => {
    for (const [path, text] of Object.entries({ ...TREE, ...changes })) {
      await Deno.mkdir(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    return await importGraph(await Deno.realPath(folder), ["lib"]);
  });
}

const TREE_LAYERS = [["lib/low"], ["lib/high"]];

Deno.test("importGraph() sees imports of every form", async () => {
  assertEquals(Object.fromEntries(await treeGraph({})), {
    "lib/high/inline.ts": ["lib/low/b.ts"],
    "lib/high/later.ts": ["lib/low/a.ts"],
    "lib/high/thread.ts": ["lib/high/worker.ts"],
    "lib/high/type.ts": ["lib/low/b.ts"],
    "lib/high/value.ts": ["lib/low/a.ts"],
    "lib/high/worker.ts": [],
    "lib/low/a.ts": ["lib/low/b.ts"],
    "lib/low/b.ts": [],
    "lib/low/mod.ts": ["lib/low/a.ts", "lib/low/b.ts"],
  });
});

Deno.test("wrongImports() names imports upward and of doors, and files in no layer", async () => {
  assertEquals(wrongImports(await treeGraph({}), TREE_LAYERS), []);
  const changed = await treeGraph({
    "lib/low/b.ts": 'import type { C } from "../high/type.ts";\nexport type B = C;\n',
    "lib/high/value.ts": 'export * from "../low/mod.ts";\n',
    "lib/high/deep/c.ts": "export const c = 1;\n",
    "lib/low/mod.ts": 'export { a } from "../high/value.ts";\n',
  });
  assertEquals(wrongImports(changed, TREE_LAYERS), [
    "lib/high/deep/c.ts is in no layer",
    "lib/high/value.ts imports the door lib/low/mod.ts instead of the file behind it",
    "lib/low/b.ts imports lib/high/type.ts, which is above it",
    "lib/low/mod.ts imports lib/high/value.ts, which is above it",
  ]);
});

Deno.test("importCircles() names the files of a circle, of types too", async () => {
  assertEquals(importCircles(await treeGraph({})), []);
  const changed = await treeGraph({
    "lib/low/b.ts": 'import type { C } from "./c.ts";\nexport type B = C;\n',
    "lib/low/c.ts": 'export type C = import("./a.ts").A;\n',
    "lib/low/d.ts": 'import "./d.ts";\n',
  });
  assertEquals(importCircles(changed), [
    ["lib/low/a.ts", "lib/low/b.ts", "lib/low/c.ts", "lib/low/a.ts"],
    ["lib/low/d.ts", "lib/low/d.ts"],
  ]);
});
