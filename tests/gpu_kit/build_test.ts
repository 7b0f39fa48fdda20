/**
 * What a kit consists of.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { openShards } from "../../lib/data/shards/shards.ts";
import { FlmError } from "../../lib/errors.ts";
import { buildKit, requireKitMachine } from "../../tasks/gpu_kit/build.ts";
import { filesOf } from "../../tasks/gpu_kit/contents.ts";
import { type FoundPackage, KIT_PACKAGES } from "../../tasks/gpu_kit/packages.ts";
import { withFolder } from "../testing/folder.ts";
import { importGraph } from "../testing/import_graph.ts";
import { ROOT } from "../testing/program.ts";

/** Room for Deno and Dawn, packed by gzip. */
const ROOM_FOR_PROGRAMS = 47 * 2 ** 20;

/** Stand-ins for the packages. */
async function packagesIn(folder: string): Promise<FoundPackage[]> {
  for (const { name, main, files, packed } of KIT_PACKAGES) {
    for (const file of [main, ...files, ...packed]) {
      const path = `${folder}/${name}/${file}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, `// ${file}\n`);
    }
  }
  return KIT_PACKAGES.map((each) => ({ ...each, folder: `${folder}/${each.name}` }));
}

/** The files of tests/golden that tests read, by the names in their texts. */
async function goldenFilesOf(kit: string, tests: readonly string[]): Promise<string[]> {
  const patterns = new Set<string>();
  for (const path of tests) {
    const text = await Deno.readTextFile(`${kit}/${path}`);
    for (const [, name] of text.matchAll(/golden\/([\w.${}]+)/g)) patterns.add(name!);
  }
  const matches = [...patterns].map((name) =>
    new RegExp(`^${name.replaceAll(/\$\{\w+\}/g, "[a-z]+").replaceAll(".", "\\.")}$`)
  );
  const golden = await filesOf(ROOT, ["tests/golden"]);
  return golden.filter((path) => matches.some((each) => each.test(path.split("/").at(-1)!)));
}

Deno.test("a kit has all that it imports, packages and shards, and room for its programs", () =>
  withFolder(async (given) => {
    const folder = await Deno.realPath(given);
    const kit = `${folder}/kit`;
    const program = `${folder}/deno`;
    await Deno.writeTextFile(program, "a program");
    const packages = await packagesIn(`${folder}/packages`);
    const { bytes, numFiles } = await buildKit(kit, packages, "gz", program);
    const files = (await filesOf(kit, ["."])).map((path) => path.replace("./", ""));
    assertEquals(files.length, numFiles);
    assert(bytes + ROOM_FOR_PROGRAMS < 60 * 2 ** 20, `${bytes} bytes`);
    for (
      const path of [
        ...["run.sh", "commit", "deno.json", "bin/deno.gz", "shards/kit/manifest.json"],
        ...["packages/webgpu/index.js", "packages/webgpu/dist/linux-x64/dawn.node.gz"],
        ...["packages/js-yaml/dist/js-yaml.mjs", "data/showcase/model.safetensors"],
      ]
    ) assert(files.includes(path), path);
    assertEquals(
      files.filter((path) => path.startsWith("tests/golden/")),
      await goldenFilesOf(kit, files.filter((path) => path.endsWith("_test.ts"))),
    );

    const graph = await importGraph(kit, ["bench", "lib", "kernels", "tasks", "tests"]);
    const missing = [...graph].flatMap(([file, imports]) =>
      imports.filter((path) => !files.includes(path)).map((path) => `${file} imports ${path}`)
    );
    assertEquals(missing, []);

    const { imports } = JSON.parse(await Deno.readTextFile(`${kit}/deno.json`));
    for (const [specifier, path] of Object.entries(imports)) {
      assert(files.includes((path as string).slice(2)), specifier);
    }
    assertMatch(await Deno.readTextFile(`${kit}/commit`), /^([0-9a-f]{40}(, changed)?|unknown)\n$/);
    using shards = await openShards(`${kit}/shards/kit`);
    await shards.verify();
    assert(shards.blocks("train").numBlocks > 1000);
  }));

Deno.test("requireKitMachine() refuses a machine whose Deno would not run where kits do", () => {
  requireKitMachine({ ...Deno.build, target: "x86_64-unknown-linux-gnu" });
  assertThrows(
    () => requireKitMachine({ ...Deno.build, target: "aarch64-apple-darwin" }),
    FlmError,
    "this is aarch64-apple-darwin",
  );
});
