/**
 * What a kit has of the project.
 *
 * @module
 */

/** Files and folders, by their paths in the project; of `tests/golden` what these tests read. */
export const CONTENTS: readonly string[] = [
  ...["LICENSE", "lib", "kernels"],
  ...["bench/card", "bench/card.ts", "bench/measure.ts", "bench/numbers.ts"],
  ...["bench/products.ts", "bench/subject.ts", "bench/jax.ts"],
  ...["tasks/doctor", "tasks/figures"],
  ...["tests/ops", "tests/random", "links/std-assert"],
  ...["tiny", "odd"].map((name) => `tests/golden/${name}_dit_forward.safetensors`),
  ...[
    ...["gpu", "check_op", "head", "head_in_store", "newton_schulz", "row_references"],
    "run_attention",
  ].map((name) => `tests/testing/${name}.ts`),
  ...["data/demo.yaml", "data/lm1b.yaml", "data/owt.yaml", "data/showcase"],
];

/** Texts that the kit's shards are made of. */
export const TEXTS: readonly string[] = ["README.md", "CONTRIBUTING.md", "docs"];

/** The files of {@linkcode CONTENTS}, or of other paths, in alphabetical order. */
export async function filesOf(root: string, paths = CONTENTS): Promise<string[]> {
  const files = await Promise.all(paths.map((path) => filesBelow(root, path)));
  return files.flat().sort();
}

async function filesBelow(root: string, path: string): Promise<string[]> {
  if ((await Deno.stat(`${root}/${path}`)).isFile) return [path];
  const entries = await Array.fromAsync(Deno.readDir(`${root}/${path}`));
  const files = await Promise.all(entries.map(({ name }) => filesBelow(root, `${path}/${name}`)));
  return files.flat();
}
