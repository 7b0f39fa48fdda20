/**
 * What goes to the registry: what mod.ts reaches, and what people read.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deno, ROOT } from "./testing/program.ts";

/** The part of the answer of `deno info --json` that matters here. */
interface Graph {
  modules: {
    specifier: string;
    kind: string;
    dependencies?: { specifier: string; isDynamic?: boolean; code?: unknown }[];
  }[];
}

async function moduleGraph(): Promise<Graph> {
  const { code, stdout, stderr } = await deno(["info", "--json", "mod.ts"]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** A file's path in the project, or the specifier as it is. */
function pathOf(specifier: string): string {
  return specifier.startsWith("file:") ? relative(ROOT, fileURLToPath(specifier)) : specifier;
}

Deno.test("mod.ts reaches nothing but relative modules, and what Deno has built in when it is used", async () => {
  const { modules } = await moduleGraph();
  assert(modules.length > 50);
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
});

/** The modules that a module starts as workers, which no graph shows. */
async function workersOf(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${ROOT}${path}`);
  const started = text.matchAll(/new Worker\(new URL\("([^"]+)", import\.meta\.url\)/g);
  return [...started].map(([, file]) =>
    pathOf(new URL(file!, pathToFileURL(`${ROOT}${path}`)).href)
  );
}

Deno.test("deno publish ships what mod.ts reaches and what people read", async () => {
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

  const { modules } = await moduleGraph();
  const reached = modules.filter(({ kind }) => kind === "esm").map(({ specifier }) =>
    pathOf(specifier)
  );
  const workers = await Promise.all(reached.map(workersOf));
  const expected = ["LICENSE", "README.md", "deno.json", ...reached, ...workers.flat()];
  assertEquals({
    // Files of lib/ that mod.ts does not reach belong into publish.exclude of deno.json.
    unexpected: shipped.filter((path) => !expected.includes(path)),
    missing: expected.filter((path) => !shipped.includes(path)),
  }, { unexpected: [], missing: [] });
});
