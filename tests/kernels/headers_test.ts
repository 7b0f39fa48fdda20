import { assert, assertEquals } from "@std/assert";
import { includes, kernels } from "../../kernels/sources.ts";
import { templateInterface } from "../../lib/gpu/template_interface.ts";
import { importGraph } from "../testing/import_graph.ts";
import { ROOT } from "../testing/program.ts";

/** The kernels that a module runs, each with the function or method that does. */
function launches(text: string): { kernel: string; launcher: string }[] {
  return [...text.matchAll(/\.run\(\s*"(\w+)"/g)].map(({ 1: kernel, index }) => {
    const before = text.slice(0, index);
    const [, kind, name] = last(before, /^(?:export )?(?:async )?(function|class)\*? (\w+)/gm);
    if (kind === "function") return { kernel: kernel!, launcher: `${name}()` };
    const [, method] = last(before, /^ {2}(?:async )?#?(\w+)\(/gm);
    return { kernel: kernel!, launcher: `${name}.${method}()` };
  });
}

const last = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].at(-1)!;

const launchersOf = new Map<string, string[]>();
for (const path of (await importGraph(ROOT, ["lib"])).keys()) {
  for (const { kernel, launcher } of launches(await Deno.readTextFile(`${ROOT}${path}`))) {
    const known = launchersOf.get(kernel) ?? [];
    launchersOf.set(kernel, [...new Set([...known, `${launcher} in ${path}`])].sort());
  }
}

/** The comment that a text begins with, as one line. */
const headerOf = (source: string) =>
  /^(?:\/\/(?: .*)?\n)*/.exec(source)![0].replaceAll(/^\/\/ */gm, "").replaceAll(/\s+/g, " ");

for (const [name, source] of Object.entries(kernels)) {
  Deno.test(`The header of kernels/${name}.wgsl names what launches it`, () => {
    const launchers = launchersOf.get(name);
    assert(launchers !== undefined, "nothing in lib/ runs it");
    const named = /Launched by (.*?\.ts)\./.exec(headerOf(source))?.[1]?.split(/, | and /) ?? [];
    assertEquals(named.sort(), launchers);
  });
}

Deno.test("Headers of kernels name their constants", () => {
  for (const [name, source] of Object.entries(kernels)) {
    const header = headerOf(source);
    const { constants } = templateInterface({ name, source }, includes);
    const missing = [...constants.keys()].filter((constant) =>
      !new RegExp(`\\b${constant}\\b`).test(header)
    );
    // One says: as in another.
    const other = /Constants as in (\w+)/.exec(header)?.[1];
    const there = other === undefined ? "" : headerOf(kernels[other as keyof typeof kernels]);
    assertEquals(missing.filter((constant) => !there.includes(constant)), [], name);
  }
});

Deno.test("Every file of kernels/include begins with a comment and is included", () => {
  const all = [...Object.values(kernels), ...Object.values(includes)];
  for (const [name, source] of Object.entries(includes)) {
    assert(headerOf(source).length > 20, name);
    assert(all.some((text) => text.split("\n").includes(`//# include ${name}`)), name);
  }
});
