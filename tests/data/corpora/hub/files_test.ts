/**
 * Which files of a repository are which split of which configuration.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { type HubLayout, splitsOf } from "../../../../lib/data/corpora/hub/files.ts";
import { describedConfigs } from "../../../../lib/data/corpora/hub/readme.ts";
import { ConfigError } from "../../../../lib/errors.ts";

const CONVERTED = { isConverted: true };

/** The paths that are found in a repository of these. */
function pathsOf(
  paths: string[],
  config: string | null,
  split = "train",
  layout: HubLayout = {},
): string[] {
  const files = paths.map((path) => ({ path, size: 1 }));
  return splitsOf("hub:a/b", files, config, layout).files(split, "data.source.trainSplit")
    .map(({ path }) => path);
}

/** The name of the configuration. */
function configOf(paths: string[], layout: HubLayout = {}): string {
  return splitsOf("hub:a/b", paths.map((path) => ({ path, size: 1 })), null, layout).config;
}

Deno.test("splitsOf() knows the layouts of data sets", () => {
  const layouts = [
    ["default/train/0000.parquet", "default/train/0001.parquet"],
    ["plain_text/train-00000-of-00080.parquet", "plain_text/train-00001-of-00080.parquet"],
    ["data/train-00000-of-00002-0a1b2c3d.parquet", "data/train-00001-of-00002-4e5f.parquet"],
    ["train-00000-of-00001.parquet"],
    ["train.parquet"],
    ["data/train.parquet"],
    ["train/0000.parquet"],
    ["train/part-00000.parquet", "train/part-00001.parquet"],
    ["en/train/part-a.parquet"],
  ];
  for (const train of layouts) {
    const test = train.map((path) => path.replace("train", "test"));
    const all = [...test, ...train.toReversed(), "README.md", "train/notes.txt"];
    assertEquals(pathsOf(all, null), train);
    assertEquals(pathsOf(all, null, "test"), test);
  }
});

Deno.test("splitsOf() names the only configuration after the folder of all files", () => {
  const cases: [string[], string][] = [
    [
      ["plain_text/train-00000-of-00001.parquet", "plain_text/test-00000-of-00001.parquet"],
      "plain_text",
    ],
    [["en/train/a.parquet"], "en"],
    [["data/train-00000-of-00001.parquet"], "default"],
    [["train/a.parquet"], "default"],
    [["train.parquet"], "default"],
    [["de/train.parquet", "en/train.parquet"], "default"],
  ];
  for (const [paths, config] of cases) assertEquals(configOf(paths), config);
});

Deno.test("splitsOf() takes all files for one split if none names one", () => {
  const paths = Array.from({ length: 300 }, (_, i) => `${String(i).padStart(5, "0")}.parquet`);
  assertEquals(pathsOf(paths, null), paths);
  assertThrows(
    () => pathsOf(paths, null, "test"),
    ConfigError,
    'no split "test" in its configuration "default": set data.source.trainSplit to one of train.',
  );
  // The advice of messages leads to no part of a split.
  const parts = ["train/part-00000.parquet", "train/part-00001.parquet"];
  assertEquals(pathsOf(parts, "train"), parts);
  assertThrows(() => pathsOf(parts, "train", "part-00000"), ConfigError, "one of train.");
});

Deno.test("splitsOf() says where Parquet files may be", () => {
  assertThrows(
    () => pathsOf(["a.csv"], null),
    ConfigError,
    "hub:a/b has no Parquet files. If the hub has converted it, set data.source.revision to " +
      'refs/convert/parquet. Else download its files, and use data.source.kind "file".',
  );
});

Deno.test("splitsOf() takes a folder for a configuration", () => {
  const paths = ["data/2013/0.parquet", "data/2013/1.parquet", "data/2014/0.parquet"];
  assertEquals(pathsOf(paths, null), paths);
  assertEquals(pathsOf(paths, "data/2013"), paths.slice(0, 2));
  // The folder's own name does not say what is in it.
  assertEquals(pathsOf(["test-set/train.parquet"], "test-set"), ["test-set/train.parquet"]);
});

Deno.test("splitsOf() chooses the usual configuration, else the one that is asked for", () => {
  const paths = ["de", "default", "en"].map((config) => `${config}/train/0000.parquet`);
  assertEquals(pathsOf(paths, null, "train", CONVERTED), [paths[1]]);
  assertEquals(pathsOf(paths, "en", "train", CONVERTED), [paths[2]]);
  const many = Array.from({ length: 300 }, (_, i) => `c${100 + i}/train/0000.parquet`);
  const complaints: [string[], string | null, string, string][] = [
    [[paths[0]!, paths[2]!], null, "train", "set data.source.config to one of de, en"],
    [paths, "fr", "train", 'no configuration "fr": set data.source.config to one of de, default'],
    [paths, "en", "test", 'no split "test" in its configuration "en": set data.source.trainSplit'],
    [many, null, "train", "one of c100, c101, c102, c103, c104, c105, c106, c107 and 292 more."],
    [["a.csv"], null, "train", "hub:a/b has no Parquet files. Download its files"],
    [["en/partial-train/0000.parquet"], null, "train", "has only the beginning of"],
  ];
  for (const [files, config, split, message] of complaints) {
    assertThrows(() => pathsOf(files, config, split, CONVERTED), ConfigError, message);
  }
  const partial = ["en/partial-train/0000.parquet"];
  assertEquals(pathsOf(partial, null, "partial-train", CONVERTED), partial);
  // Splits have whatever names where the hub has laid them out.
  const odd = ["default/train_sft/0000.parquet", "default/query/0000.parquet"];
  assertEquals(pathsOf(odd, null, "query", CONVERTED), [odd[1]]);
});

Deno.test("splitsOf() does as the README says", async () => {
  const paths = ["a/x.parquet", "a/y.parquet", "b/train.parquet", "b/dev.parquet", "c.csv"];
  const readme = async (yaml: string) => ({
    described: await describedConfigs(`---\n${yaml}\n---\n`, "README"),
  });
  const two = await readme(`configs:
- config_name: first
  data_files:
  - split: train
    path: a/x*
  - split: held
    path: ["a/y*", "b/dev.parquet"]
- config_name: second
  default: true
  data_dir: b
- config_name: third
  data_files: c.csv`);
  assertEquals(configOf(paths, two), "second");
  assertEquals(pathsOf(paths, "first", "train", two), ["a/x.parquet"]);
  assertEquals(pathsOf(paths, "first", "held", two), ["a/y.parquet", "b/dev.parquet"]);
  assertEquals(pathsOf(paths, null, "train", two), ["b/train.parquet"]);
  assertEquals(pathsOf(paths, null, "validation", two), ["b/dev.parquet"]);
  assertThrows(
    () => pathsOf(paths, "third", "train", two),
    ConfigError,
    'no split "train" in its configuration "third", nor any Parquet file. If the hub',
  );
  const undecided = await readme(
    "configs:\n- {config_name: x, data_dir: a}\n- {config_name: y, data_dir: b}",
  );
  assertThrows(
    () => configOf(paths, undecided),
    ConfigError,
    "set data.source.config to one of x, y",
  );
});
