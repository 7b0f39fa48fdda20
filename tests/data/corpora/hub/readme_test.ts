/**
 * What READMEs say of data files.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { type DescribedConfig, describedConfigs } from "../../../../lib/data/corpora/hub/readme.ts";
import { DataError } from "../../../../lib/errors.ts";

function read(yaml: string) {
  return describedConfigs(`---\n${yaml}\n---\n# Title\nconfigs:\n- none of it\n`, "README.md");
}

/** The split of the first configuration that each path belongs to. */
async function splitsOf(yaml: string, paths: string[]): Promise<(string | undefined)[]> {
  const [{ splits }] = await read(yaml) as [DescribedConfig];
  return paths.map((path) =>
    [...splits!].find(([, patterns]) => patterns.some((matches) => matches(path)))?.[0]
  );
}

Deno.test("describedConfigs() reads every way to name files", async () => {
  const ways = [
    "configs:\n- config_name: default\n  data_files: x.parquet",
    "configs:\n  - config_name: default\n    data_files: [a.parquet, ./x.parquet]",
    "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: x.parquet",
    "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path:\n    - x.parquet",
    "configs:\n- config_name: default\n  data_files: {train: x.parquet}",
  ];
  for (const yaml of ways) {
    assertEquals(await splitsOf(yaml, ["x.parquet", "y.parquet"]), ["train", undefined], yaml);
  }
});

Deno.test("describedConfigs() reads names, defaults and folders", async () => {
  const yaml = `license: mit
# a comment
configs:
- config_name: 20231101
  default: true
  data_dir: ./some/folder/

# another
- data_files: x
dataset_info:
  broken: [`;
  const [first, second, ...others] = await read(yaml);
  assertEquals(first, { name: "20231101", isDefault: true, folder: "some/folder", splits: null });
  assertEquals([second!.name, second!.isDefault, second!.folder], ["default", false, ""]);
  assertEquals(others, []);
});

Deno.test("describedConfigs() takes names that YAML takes for something else", async () => {
  const yaml = "configs:\n- config_name: 2023-11-01\n  data_files: {2024: x, true: [1, 2]}";
  const [{ name, splits }] = await read(yaml) as [DescribedConfig];
  assertEquals([name, [...splits!.keys()]], ["2023-11-01", ["2024", "true"]]);
  assertEquals(splits!.get("true")!.map((matches) => matches("2")), [false, true]);
});

Deno.test("describedConfigs() does not write out what a few lines only stand for", async () => {
  const levels = Array.from({ length: 30 }, (_, i) => {
    const list = i === 0 ? "x" : `*a${i - 1}, *a${i - 1}`;
    return `- data_files: &a${i} [${list}]`;
  });
  await assertRejects(
    () => read(`configs:\n${levels.join("\n")}`),
    DataError,
    "data_files: expected",
  );
});

Deno.test("describedConfigs() finds none where there are none", async () => {
  const without = ["", "# Title", "configs:\n- config_name: a", "---\nlicense: mit\n---\n"];
  for (const readme of without) assertEquals(await describedConfigs(readme, "README.md"), []);
  assertEquals(
    (await describedConfigs("\ufeff---\r\nconfigs:\r\n- config_name: a\r\n---\r\n", "")).length,
    1,
  );
});

Deno.test("describedConfigs() names what is wrong, and a way out", async () => {
  const cases: [string, string][] = [
    ["configs: [", "its YAML is wrong"],
    ["configs: 3", "configs: expected a list"],
    ["configs:\n- data_files: [[[x]]]", "configs[0].data_files: expected patterns of paths"],
    ["configs:\n- data_files: [{split: train}]", "configs[0].data_files: expected patterns"],
    ["configs:\n- config_name: [a]", "configs[0].config_name: expected a name, found the list"],
    ["configs:\n- config_name: a\n  data_dir: [1]", "configs[0].data_dir: expected text"],
  ];
  for (const [yaml, message] of cases) {
    await assertRejects(() => read(yaml), DataError, message);
    await assertRejects(
      () => read(yaml),
      DataError,
      "Set data.source.revision to refs/convert/parquet",
    );
  }
});
