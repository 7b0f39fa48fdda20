/**
 * The layers of the project: what may import what.
 *
 * @module
 */

import type { ImportGraph } from "./import_graph.ts";

/**
 * From the lowest on: a file imports files of its own layer and of those before it. A layer is
 * a folder (without the folders in it), a file, or several of them; `*` stands for any one name.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ["lib/errors.ts"],
  ["lib/math"],
  ["lib/schema"],
  ["lib/system"],
  ["lib/net"],
  ["lib/io"],
  ["lib/zip"],
  ["lib/tensorboard"],
  ["lib/pickle"],
  ["lib/safetensors"],
  ["lib/torch"],
  ["lib/hub"],
  ["lib/config"],
  ["kernels"],
  ["lib/gpu"],
  ["lib/random"],
  ["lib/ops"],
  ["lib/text"],
  ["lib/model"],
  ["lib/flow"],
  ["lib/data"],
  ["lib/data/corpora/bytes"],
  ["lib/data/corpora/text"],
  ["lib/data/corpora/hub"],
  ["lib/data/corpora/parquet"],
  ["lib/data/corpora"],
  ["lib/data/shards"],
  ["lib/data/preprocess"],
  ["lib/data/batches"],
  ["lib/checkpoint"],
  ["lib/checkpoint/reference"],
  ["lib/checkpoint/models"],
  ["lib/train"],
  ["lib/dist"],
  ["lib/methods/base"],
  [
    "lib/methods/flm",
    "lib/methods/psd",
    "lib/methods/semigroup",
    "lib/methods/second_stage",
    "lib/methods/ar",
  ],
  ["lib/methods"],
  ["lib/planning"],
  ["lib/tuning"],
  ["lib/eval"],
  ["lib/sampling"],
  ["lib/cli"],
  ["mod.ts"],
  ["tasks/figures"],
  ["tasks/shards"],
  ["tasks/planning"],
  ["tasks/runs"],
  ["tasks/models"],
  ["tasks/measuring"],
  ["tasks/gen_ppl"],
  ["tasks/watching"],
  ["tasks/reproduce"],
  ["tasks/report"],
  ["tasks/parity"],
  ["tasks/doctor"],
  ["tasks/gpu_kit"],
  ["tasks/docs"],
  ["tasks/site/common"],
  ["tasks/site/page", "tasks/site/worker", "tasks/site/offline"],
  ["tasks/site"],
  ["tasks/demo"],
  ["tasks"],
];

/** Doors to a folder of lib/ and those in it, for those outside. */
const DOOR = "lib/*/mod.ts";

/**
 * Where a file's layer is in `layers`; -1 if it is in none. A file's own name goes first. A door is
 * in the highest layer of what it opens on.
 */
export function layerOf(path: string, layers = LAYERS): number {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  if (matches(DOOR, path)) {
    return layers.findLastIndex((layer) =>
      layer.some((each) => each === folder || each.startsWith(`${folder}/`))
    );
  }
  const named = layers.findIndex((layer) => layer.some((each) => matches(each, path)));
  if (named >= 0) return named;
  return layers.findIndex((layer) => layer.some((each) => matches(each, folder)));
}

function matches(pattern: string, path: string): boolean {
  const names = pattern.split("/");
  const found = path.split("/");
  return names.length === found.length &&
    names.every((name, i) => name === "*" || name === found[i]);
}

/** What imports against the layers, each a sentence with both files. */
export function wrongImports(graph: ImportGraph, layers = LAYERS): string[] {
  const problems = [
    ...new Set([...graph.entries()].flatMap(([file, imports]) => [
      file,
      ...imports,
    ])),
  ].filter((file) => layerOf(file, layers) < 0).map((file) => `${file} is in no layer`);
  for (const [file, imports] of graph) {
    const own = layerOf(file, layers);
    for (const target of imports) {
      const other = layerOf(target, layers);
      if (own < 0 || other < 0) continue;
      if (other > own) problems.push(`${file} imports ${target}, which is above it`);
      else if (matches(DOOR, target) && file.startsWith("lib/") && !matches(DOOR, file)) {
        problems.push(`${file} imports the door ${target} instead of the file behind it`);
      }
    }
  }
  return problems.sort();
}
