/**
 * What goes to the registry: what the doors lead to, and what people read.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { DOORS } from "./testing/doors.ts";
import { importGraph } from "./testing/import_graph.ts";
import { deno, ROOT } from "./testing/program.ts";

/** The part of the answer of `deno info --json` that matters here. */
interface Graph {
  modules: {
    specifier: string;
    kind: string;
    dependencies?: { specifier: string; isDynamic?: boolean; code?: unknown }[];
  }[];
}

async function moduleGraph(door: string): Promise<Graph> {
  const { code, stdout, stderr } = await deno(["info", "--json", door]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** A file's path in the project, or the specifier as it is. */
function pathOf(specifier: string): string {
  return specifier.startsWith("file:") ? relative(ROOT, fileURLToPath(specifier)) : specifier;
}

Deno.test("doors reach nothing but relative modules, and what Deno has built in when it is used", async () => {
  for (const door of DOORS.values()) {
    const { modules } = await moduleGraph(door);
    for (const { specifier, kind, dependencies = [] } of modules) {
      if (kind === "node") continue;
      // Text and JSON imports are of other kinds.
      assertEquals(kind, "esm", specifier);
      assertMatch(pathOf(specifier), /^(mod|lib\/.+|kernels\/sources)\.ts$/);
      for (const { specifier: imported, isDynamic = false, code } of dependencies) {
        // A page has no node: modules; what is only a type is gone by then.
        const isLoaded = code !== undefined && !isDynamic;
        const allowed = isLoaded ? /^\.\.?\// : /^(\.\.?\/|node:)/;
        assertMatch(imported, allowed, `imported by ${specifier}`);
      }
    }
  }
});

/** The files that the doors lead to, those of threads included. */
async function reachedFiles(): Promise<Set<string>> {
  const graph = await importGraph(ROOT, ["lib", "kernels", "mod.ts"]);
  const reached = new Set(DOORS.values());
  for (const path of reached) graph.get(path)!.forEach((each) => reached.add(each));
  return reached;
}

Deno.test("deno publish ships what the doors lead to and what people read", async () => {
  const { code, stdout, stderr } = await deno(
    ["publish", "--dry-run", "--allow-dirty", "--no-check"],
  );
  assertEquals(code, 0, stderr);
  const output = stdout + stderr;
  assertStringIncludes(output, "Checking for slow types in the public API...");
  // What npm packages hold is imported when it is used, so that no graph may show it.
  const warnings = output.match(/warning\[.*\n.*/g) ?? [];
  assertEquals(warnings.length, 1, output);
  assertMatch(warnings[0]!, /unanalyzable-dynamic-import.*\n.*lib\/system\/packages\.ts/);
  const shipped = [...output.matchAll(/^ *(file:\S+) \(.+\)$/gm)]
    .map(([, address]) => pathOf(address!));

  const showcase = ["README.md", "config.json", "model.safetensors", "tokenizer.json"]
    .map((name) => `data/showcase/${name}`);
  const expected = ["LICENSE", "README.md", "deno.json", ...showcase, ...await reachedFiles()];
  assertEquals({
    // Files of lib/ that no door leads to belong into publish.exclude of deno.json.
    unexpected: shipped.filter((path) => !expected.includes(path)),
    missing: expected.filter((path) => !shipped.includes(path)),
  }, { unexpected: [], missing: [] });
});
