/**
 * The examples in doc comments, run where a trained model, a text and a recipe lie.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "./testing/folder.ts";
import { gpuTest } from "./testing/gpu.ts";
import { deno, ROOT } from "./testing/program.ts";
import { writeTinyCheckpoint } from "./testing/tiny_checkpoint.ts";

gpuTest("the examples in doc comments do what they say", (gpu) =>
  withFolder(async (folder) => {
    await writeTinyCheckpoint(gpu, `${folder}/runs/demo`);
    await Deno.mkdir(`${folder}/data`);
    await Deno.copyFile(`${ROOT}data/demo.yaml`, `${folder}/data/demo.yaml`);
    await Deno.writeTextFile(`${folder}/mine.txt`, "so it goes and so it went ".repeat(500));
    const { code, stdout, stderr } = await deno(
      ["test", "--doc", "--quiet", "--allow-all", "--no-check", `--config=${ROOT}deno.json`]
        .concat([`${ROOT}mod.ts`, `${ROOT}lib`]),
      { cwd: folder },
    );
    assertEquals(code, 0, stdout + stderr);
    assertMatch(stdout, /^ok \| [4-9]\d passed \| 0 failed/m);
  }));
