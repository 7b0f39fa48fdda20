/**
 * Locks on folders.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { FlmError } from "../../lib/errors.ts";
import { FolderLock, isLocked, LOCK_FILE } from "../../lib/system/folder_lock.ts";
import { withFolder } from "../testing/folder.ts";
import { ROOT } from "../testing/program.ts";

const take = (folder: string) =>
  FolderLock.take(folder, (owner) => new FlmError(`${owner} has ${folder}`));

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);

Deno.test("FolderLock.take() refuses a folder that is taken, and names process and machine", () =>
  withFolder(async (folder) => {
    {
      using _lock = await take(folder);
      const owner = `Another process (${Deno.pid} on ${Deno.hostname()})`;
      await assertRejects(() => take(folder), FlmError, `${owner} has ${folder}`);
    }
    assertEquals(await names(folder), []);
    using _again = await take(folder);
  }));

Deno.test("isLocked() tells a lock that is held from one that a killed process left", () =>
  withFolder(async (folder) => {
    assertEquals(await isLocked(`${folder}/none`), false);
    assertEquals(await isLocked(folder), false);
    {
      using _lock = await take(folder);
      assertEquals(await isLocked(folder), true);
    }
    await Deno.writeTextFile(`${folder}/${LOCK_FILE}`, '{"pid":12}');
    assertEquals(await isLocked(folder), false);
    // Nothing is left of the looks.
    using _again = await take(folder);
  }));

Deno.test("FolderLock.take() needs no word of the owner", () =>
  withFolder(async (folder) => {
    using _lock = await take(folder);
    for (const content of ["", '{"pid":', '{"pid":"me"}', "x".repeat(1 << 20)]) {
      await Deno.writeTextFile(`${folder}/${LOCK_FILE}`, content);
      await assertRejects(() => take(folder), FlmError, `Another process has ${folder}`);
    }
    await Deno.writeTextFile(`${folder}/${LOCK_FILE}`, '{"pid":12}');
    await assertRejects(() => take(folder), FlmError, `Another process (12) has ${folder}`);
  }));

Deno.test("FolderLock.take() names an owner that has yet to write who it is", () =>
  withFolder(async (folder) => {
    using _lock = await take(folder);
    for (const last of ["", '{"pid":11}']) {
      await Deno.writeTextFile(`${folder}/${LOCK_FILE}`, last);
      const refused = assertRejects(() => take(folder), FlmError, "Another process (12) has");
      await delay(10);
      // At once, so that it is there at the second look however busy the machine is.
      Deno.writeTextFileSync(`${folder}/${LOCK_FILE}`, '{"pid":12}');
      await refused;
    }
  }));

Deno.test("FolderLock makes a folder, and removes one that stayed empty", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a/b`;
    (await take(path))[Symbol.dispose]();
    assertEquals(await names(`${folder}/a`), []);
    {
      using _lock = await take(path);
      await Deno.writeTextFile(`${path}/file`, "");
    }
    assertEquals(await names(path), ["file"]);
    // Whoever removes the folder may let others in at once.
    const lock = await take(path);
    await Deno.remove(path, { recursive: true });
    using _next = await take(path);
    lock[Symbol.dispose]();
    await assertRejects(() => take(path), FlmError, "Another process");
  }));

Deno.test("FolderLock.take() takes over from a process that was killed", () =>
  withFolder(async (folder) => {
    const program = `
      import { FolderLock } from ${JSON.stringify(`${ROOT}lib/system/folder_lock.ts`)};
      await FolderLock.take(Deno.args[0], (owner) => new Error(owner));
      console.log("taken");
      setInterval(() => {}, 1000);
    `;
    await Deno.writeTextFile(`${folder}/owner.ts`, program);
    const path = `${folder}/taken`;
    const owner = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-config", "--allow-read", "--allow-write", `${folder}/owner.ts`]
        .concat(path),
      stdin: "null",
      stdout: "piped",
    }).spawn();
    try {
      const said = await owner.stdout.getReader().read();
      assertEquals(new TextDecoder().decode(said.value), "taken\n");
      // It may not know the name of its machine.
      await assertRejects(() => take(path), FlmError, `Another process (${owner.pid}) has`);
    } finally {
      owner.kill("SIGKILL");
      await owner.status;
    }
    assertEquals(await names(path), [LOCK_FILE]);
    using _lock = await take(path);
  }));

Deno.test("FolderLock lets one in at a time, however many come and go", () =>
  withFolder(async (folder) => {
    const path = `${folder}/busy`;
    let inside = 0;
    let entered = 0;
    await Promise.all(Array.from({ length: 8 }, async () => {
      while (entered < 40) {
        const lock = await take(path).catch(() => null);
        if (lock === null) continue;
        using _lock = lock;
        entered++;
        assertEquals(++inside, 1);
        await Promise.resolve();
        inside--;
      }
    }));
    assert(entered >= 40);
    assertEquals(await names(path).catch(() => []), []);
  }));

Deno.test("FolderLock.take() says what keeps it from a lock", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/${LOCK_FILE}`);
    await assertRejects(() => take(folder), FlmError, `Cannot write ${folder}/${LOCK_FILE}`);
    await Deno.writeTextFile(`${folder}/file`, "precious");
    await Deno.remove(`${folder}/${LOCK_FILE}`);
    await Deno.symlink(`${folder}/file`, `${folder}/${LOCK_FILE}`);
    await assertRejects(() => take(folder), FlmError, `${folder}/${LOCK_FILE} is a link`);
    assertEquals(await Deno.readTextFile(`${folder}/file`), "precious");
    await assertRejects(() => take(`${folder}/file/run`), FlmError, "is a file");
  }));
