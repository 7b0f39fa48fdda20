/**
 * Tests of files and folders that appear whole or not at all.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import {
  removeFolder,
  removeStaleTemporaries,
  writeDirectoryAtomic,
  writeFile,
  writeFileAtomic,
} from "../../lib/system/atomic.ts";
import { withFolder } from "../testing/folder.ts";
import { deno, LIB } from "../testing/program.ts";

/** The names in a folder, sorted. */
function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

/** A name as a killed process would leave it behind. */
const LEFTOVER = "0123456789ab";

Deno.test("writeFileAtomic() writes and replaces text, bytes and streams", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    const bytes = new TextEncoder().encode("one two three");
    async function* stream() {
      yield await Promise.resolve(bytes.subarray(0, 4));
      yield bytes.subarray(4);
    }
    for (
      const data of ["one two three", bytes, [bytes.subarray(0, 7), bytes.subarray(7)], stream()]
    ) {
      await writeFileAtomic(path, "something older and longer");
      await writeFileAtomic(path, data);
      assertEquals(await Deno.readTextFile(path), "one two three");
    }
    assertEquals(names(folder), ["file"]);
  });
});

Deno.test("writeFileAtomic() keeps the old file until the new one is whole", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    await writeFileAtomic(path, "old");
    async function* failing() {
      yield new TextEncoder().encode("half of the new");
      assertEquals(await Deno.readTextFile(path), "old");
      assertEquals(names(folder).length, 2);
      throw new Error("the source broke");
    }
    await assertRejects(() => writeFileAtomic(path, failing()), Error, "the source broke");
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(names(folder), ["file"]);
  });
});

Deno.test("writeFileAtomic() throws when the folder is missing, a file or not writable", async () => {
  await withFolder(async (folder) => {
    await writeFileAtomic(`${folder}/file`, "");
    const cases: [string, string][] = [
      [`${folder}/none/file`, "its folder does not exist"],
      [`${folder}/file/file`, "what should be its folder is a file"],
    ];
    // Not even root may make files there.
    if (Deno.build.os === "linux") cases.push(["/sys/flm-test", "its folder is not writable"]);
    for (const [path, message] of cases) {
      await assertRejects(() => writeFileAtomic(path, "x"), FlmError, `Cannot write ${path}: `);
      await assertRejects(() => writeFileAtomic(path, "x"), FlmError, message);
      await assertRejects(() => writeDirectoryAtomic(path, async () => {}), FlmError, message);
    }
    assertEquals(names(folder), ["file"]);
  });
});

Deno.test("writeFileAtomic() throws when a folder has the name", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken`);
    await assertRejects(() => writeFileAtomic(`${folder}/taken`, "x"), FlmError, "a folder has");
    assertEquals(names(folder), ["taken"]);
  });
});

Deno.test("writeDirectoryAtomic() shows a folder only when it is whole, and replaces it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/100`;
    await writeDirectoryAtomic(path, async (temporary) => {
      await Deno.mkdir(`${temporary}/deep`);
      await writeFileAtomic(`${temporary}/deep/a`, "1");
      assertEquals(names(folder).includes("100"), false);
    });
    assertEquals(await Deno.readTextFile(`${path}/deep/a`), "1");
    await writeDirectoryAtomic(`${path}/`, async (temporary) => {
      await writeFileAtomic(`${temporary}/b`, "2");
      assertEquals(names(path), ["deep"]);
    });
    assertEquals(names(path), ["b"]);
    assertEquals(names(folder), ["100"]);
  });
});

Deno.test("writeDirectoryAtomic() names the folder, not what it is built as, when a file fails", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/100`;
    await assertRejects(
      () => writeDirectoryAtomic(path, (temporary) => writeFileAtomic(`${temporary}/no/b`, "2")),
      FlmError,
      `Cannot write ${path}/no/b: its folder does not exist`,
    );
    assertEquals(names(folder), []);
  });
});

Deno.test("writeDirectoryAtomic() leaves the old folder alone when building fails", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/100`;
    await writeDirectoryAtomic(path, (temporary) => writeFileAtomic(`${temporary}/a`, "1"));
    await assertRejects(
      () =>
        writeDirectoryAtomic(path, async (temporary) => {
          await writeFileAtomic(`${temporary}/b`, "2");
          throw new Error("the source broke");
        }),
      Error,
      "the source broke",
    );
    assertEquals(names(path), ["a"]);
    assertEquals(names(folder), ["100"]);
  });
});

Deno.test("writeFileAtomic() and writeDirectoryAtomic() work in the current folder", async () => {
  await withFolder(async (folder) => {
    const program = `
      import { writeDirectoryAtomic, writeFileAtomic } from "${LIB}/system/atomic.ts";
      await writeFileAtomic("file", "1");
      await writeDirectoryAtomic("dir", (temporary) => writeFileAtomic(temporary + "/a", "2"));`;
    // A process of its own: tests that run at the same time share the folder of this one.
    const { code, stderr } = await deno(["eval", "--no-config", program], { cwd: folder });
    assertEquals(code, 0, stderr);
    assertEquals(names(folder), ["dir", "file"]);
    assertEquals(names(`${folder}/dir`), ["a"]);
  });
});

Deno.test("removeStaleTemporaries() removes leftovers of its target and nothing else", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/.100.${LEFTOVER}.tmp/deep`, { recursive: true });
    await Deno.writeTextFile(`${folder}/.file.${LEFTOVER}.tmp`, "half");
    await Deno.writeTextFile(`${folder}/.hidden.tmp`, "the user's own");
    await Deno.writeTextFile(`${folder}/.file.notours.tmp`, "the user's own");
    await writeFileAtomic(`${folder}/file`, "whole");
    assertEquals(names(folder), [
      `.100.${LEFTOVER}.tmp`,
      ".file.notours.tmp",
      ".hidden.tmp",
      "file",
    ]);
    assertEquals(await removeStaleTemporaries(folder), [`.100.${LEFTOVER}.tmp`]);
    assertEquals(names(folder), [".file.notours.tmp", ".hidden.tmp", "file"]);
  });
});

Deno.test("removeStaleTemporaries() gives a folder its name back when its replacement was cut off", async () => {
  await withFolder(async (folder) => {
    const aside = `${folder}/.100.${LEFTOVER}.old`;
    await Deno.mkdir(aside);
    await Deno.writeTextFile(`${aside}/a`, "1");
    await removeStaleTemporaries(folder, "100");
    assertEquals(await Deno.readTextFile(`${folder}/100/a`), "1");
    // Replaced, but the old one not yet removed.
    await Deno.mkdir(aside);
    await removeStaleTemporaries(folder, "100");
    assertEquals(names(folder), ["100"]);
    assertEquals(names(`${folder}/100`), ["a"]);
  });
});

Deno.test("removeStaleTemporaries() does nothing when there is no such folder", async () => {
  assertEquals(await removeStaleTemporaries("no/such/folder"), []);
});

Deno.test("writeDirectoryAtomic() leaves no half-written folder when its process is killed", async () => {
  await withFolder(async (folder) => {
    const program = `
      import { writeDirectoryAtomic } from "${LIB}/system/atomic.ts";
      await writeDirectoryAtomic(${JSON.stringify(`${folder}/100`)}, async (temporary) => {
        await Deno.writeTextFile(temporary + "/half", "written");
        console.log("ready");
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      });`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", program],
      stdout: "piped",
    }).spawn();
    const output = child.stdout.getReader();
    assertEquals(new TextDecoder().decode((await output.read()).value).trim(), "ready");
    // Alive: its temporary is not touched.
    assertEquals(await removeStaleTemporaries(folder), []);
    assertEquals(names(folder).length, 1);
    child.kill("SIGKILL");
    await child.status;
    await output.cancel();
    // Dead: the next write to the same target clears it away.
    assertEquals(names(folder).length, 1);
    await writeDirectoryAtomic(`${folder}/100`, (temporary) => {
      return writeFileAtomic(`${temporary}/whole`, "");
    });
    assertEquals(names(folder), ["100"]);
    assertEquals(names(`${folder}/100`), ["whole"]);
  });
});

Deno.test("removeFolder() leaves nothing, and writeFile() replaces nothing", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    await writeFile(`${folder}/a/b/c`, "1");
    assertEquals(await Deno.readTextFile(`${folder}/a/b/c`), "1");
    await assertRejects(() => writeFile(`${folder}/a/b/c`, "2"), FlmError, "Cannot write");
    await removeFolder(`${folder}/a`);
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
    await assertRejects(() => removeFolder(`${folder}/a`), FlmError, `Cannot write ${folder}/a`);
  });
});
