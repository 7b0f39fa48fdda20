/**
 * Trainings as people start them: by a recipe in a file, whose runs lie in the project.
 *
 * @module
 */

import { configToYaml } from "../../lib/config/config_file.ts";
import { ROOT } from "./program.ts";
import { makeShards, tinyConfig } from "./tiny_run.ts";

/** A recipe of 8 blocks a step, whose runs have a name of their own and are removed. */
export async function withRecipe(
  numSteps: number,
  test: (recipe: string, name: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  const config = { ...tinyConfig(folder, numSteps), name };
  try {
    await makeShards(config);
    await Deno.writeTextFile(`${folder}/tiny.yaml`, await configToYaml(config));
    await test(`${folder}/tiny.yaml`, name);
  } finally {
    const runs = ["", "-2", "-distill"].map((kind) => `${ROOT}runs/${name}${kind}`);
    for (const path of [folder, ...runs]) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }
}

/** Waits for something that holds in the end. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 100));
}

/**
 * Waits for the first checkpoint of a run.
 *
 * @param output What the training that writes it comes to.
 * @throws {Error} if the training ends before it has written one, with what it said.
 */
export async function firstCheckpoint(
  name: string,
  output: Promise<{ stderr: string }>,
): Promise<void> {
  let ended: { stderr: string } | undefined;
  output.then((all) => ended = all, () => {});
  const isThere = () => Deno.stat(`${ROOT}runs/${name}/latest.json`).then(() => true, () => false);
  await until(async () => await isThere() || ended !== undefined);
  if (!await isThere()) throw new Error(`There is no checkpoint: ${ended!.stderr}`);
}
