/**
 * Whether results can be written.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { writeFileAtomic } from "../../lib/system/atomic.ts";
import { requireWritable } from "../../lib/system/writable.ts";
import { momentsOf, restoreImage } from "../faults/images.ts";
import { withFolder } from "../testing/folder.ts";
import { deno } from "../testing/program.ts";

const MODULE = new URL("../../lib/system/writable.ts", import.meta.url).href;

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("requireWritable() leaves nothing behind, not even folders", () =>
  withFolder(async (folder) => {
    await requireWritable(`${folder}/a/b/result.json`);
    assertEquals(await namesIn(folder), []);
    await Deno.writeTextFile(`${folder}/result.json`, "before");
    await requireWritable(`${folder}/result.json`);
    assertEquals(await Deno.readTextFile(`${folder}/result.json`), "before");
    assertEquals(await namesIn(folder), ["result.json"]);
  }));

Deno.test("requireWritable() says what is in the way of a file", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/result.json`);
    await assertRejects(
      () => requireWritable(`${folder}/result.json`),
      FlmError,
      "result.json: a folder has that name",
    );
    await Deno.writeTextFile(`${folder}/file`, "");
    await assertRejects(() => requireWritable(`${folder}/file/result.json`), FlmError, "/file: ");
    await assertRejects(() => requireWritable("/proc/result.json"), FlmError, "Cannot write /proc");
  }));

Deno.test("requireWritable() names the permission that the program lacks", () =>
  withFolder(async (folder) => {
    const code = `import { requireWritable } from "${MODULE}";
      await requireWritable("${folder}/result.json").catch((error) => console.log(error.message));
      await requireWritable("${folder}/mine/result.json");`;
    await Deno.writeTextFile(`${folder}/program.ts`, code);
    const { stdout, stderr } = await deno([
      "run",
      "--no-prompt",
      "--allow-read",
      `--allow-write=${folder}/mine`,
      `${folder}/program.ts`,
    ]);
    assertEquals(stderr, "");
    assertEquals(
      stdout,
      `Cannot write ${folder}/result.json: the program has no write access there; give it by ` +
        `--allow-write=${folder} to deno run\n`,
    );
  }));

Deno.test("requireWritable() leaves nothing that a write would not remove, if it is killed", () =>
  withFolder(async (folder) => {
    const path = `${folder}/result.json`;
    const moments = await momentsOf(folder, () => requireWritable(path));
    assertEquals(moments.map(({ image }) => image.size), [0, 1]);
    for (const { image } of moments) {
      await restoreImage(folder, image);
      await writeFileAtomic(path, "text");
      assertEquals(await namesIn(folder), ["result.json"]);
    }
  }));
