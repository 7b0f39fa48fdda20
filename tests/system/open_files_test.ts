import { assertEquals, assertThrows } from "@std/assert";
import { OpenFiles } from "../../lib/system/open_files.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("OpenFiles reads any of many files and keeps few of them open", async () => {
  await withFolder(async (folder) => {
    const path = (i: number) => `${folder}/${i}`;
    for (let i = 0; i < 7; i++) await Deno.writeFile(path(i), new Uint8Array([i, 10 + i, 20 + i]));
    using files = new OpenFiles(3);
    const target = new Uint8Array(2);
    for (const i of [0, 1, 2, 3, 0, 6, 5, 4, 0, 3, 3]) {
      assertEquals(files.readSync(path(i), 1, target), 2);
      assertEquals([...target], [10 + i, 20 + i]);
    }
    assertEquals(files.size, 3);
    assertEquals(files.readSync(path(0), 2, target), 1, "the file ends there");

    // Those used last are open still, though nothing leads to them any more.
    for (let i = 0; i < 7; i++) await Deno.remove(path(i));
    for (const i of [0, 3, 4]) files.readSync(path(i), 0, target);
    assertThrows(() => files.readSync(path(5), 0, target), Deno.errors.NotFound);
    files.close();
    assertEquals(files.size, 0);
  });
});
