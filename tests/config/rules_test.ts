/**
 * Rules that bind keys of a configuration.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../lib/config/config_file.ts";
import { doubtfulSettings } from "../../lib/config/rules.ts";
import { TRAINING_SECTIONS, trainingConfig } from "../../lib/config/training_config.ts";

const recipe = (name: string) =>
  loadConfig(fileURLToPath(new URL(`../../data/${name}`, import.meta.url)));

Deno.test("doubtfulSettings() speaks of a warm-up that is longer than the training", async () => {
  const { train, optim } = await recipe("demo.yaml");
  const doubts = (numSteps: number, warmupSteps: number, decaySteps = 0) =>
    doubtfulSettings({ ...train, numSteps }, { ...optim, warmupSteps, decaySteps });
  assertEquals(doubts(2500, 2500), []);
  assertEquals(doubts(100, 60, 40), []);
  assertEquals(doubts(20, 2500), [
    "optim.warmupSteps (2500) is more than train.numSteps (20), so that the learning rate never " +
    "exceeds 0.8 % of optim.lr",
  ]);
  assertEquals(doubts(100, 80, 40), [
    "optim.warmupSteps and optim.decaySteps (120 in all) are more than train.numSteps (100), so " +
    "that the learning rate never exceeds 83 % of optim.lr",
  ]);
});

for await (const { name, isFile } of Deno.readDir(new URL("../../data/", import.meta.url))) {
  // The model that comes with flm has a folder.
  if (!isFile) continue;
  Deno.test(`doubtfulSettings() has nothing to say about data/${name}`, async () => {
    const config = await recipe(name);
    const trainings = [null, ...TRAINING_SECTIONS]
      .map((section) => trainingConfig(config, section));
    assertEquals(trainings.flatMap(({ train, optim }) => doubtfulSettings(train, optim)), []);
  });
}
