/**
 * Trainings as people start them: by a recipe in a file, whose runs lie in the project.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { configToYaml } from "../../lib/config/config_file.ts";
import { exists } from "../../lib/system/exists.ts";
import { alone, outputOf } from "./mpirun.ts";
import { descendants, ROOT } from "./program.ts";
import { makeShards, tinyConfig } from "./tiny_run.ts";
import { until } from "./until.ts";

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
  await until(() => exists(`${ROOT}runs/${name}/latest.json`), output);
}

/** The processes that train, of all that a launcher started. */
export async function trainers(launcher: number): Promise<number[]> {
  const all = await descendants(launcher);
  const trains = await Promise.all(all.map(async (pid) => {
    // One that has ended since trains no more.
    const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    const [program = "", command] = line.split("\0");
    return program.endsWith("deno") && command === "run";
  }));
  return all.filter((_, i) => trains[i]);
}

/** Runs a task to its end, as a process that works alone. */
export async function finish(task: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await outputOf(alone(task, ...args));
  assertEquals(code, 0, stderr);
}

const file = (run: string, step: string, group: string) =>
  Deno.readFile(`${ROOT}runs/${run}/checkpoints/${step}/${group}.safetensors`);

/** Checks that two runs have the same files at a step, to the bit. */
export async function assertSameRuns(
  one: string,
  other: string,
  step: string,
  groups: readonly string[] = ["model", "ema", "optimizer"],
): Promise<void> {
  for (const group of groups) {
    const [found, expected] = [await file(one, step, group), await file(other, step, group)];
    assertEquals(found.length, expected.length, group);
    assert(found.every((byte, i) => byte === expected[i]), `${group} of step ${step}`);
  }
}
