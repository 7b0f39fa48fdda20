import { assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { exists, fileSize, missingFolders } from "../../lib/system/exists.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("exists() and fileSize() tell what is there", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "text");
    assertEquals([await exists(`${folder}/a`), await exists(folder)], [true, true]);
    assertEquals([await exists(`${folder}/b`), await fileSize(`${folder}/b`)], [false, null]);
    assertEquals(await fileSize(`${folder}/a`), 4);
    await assertRejects(() => exists(`${folder}/a/b`), FlmError, "a file is where a folder");
  });
});

Deno.test("missingFolders() lists what would have to be made", async () => {
  await withFolder(async (folder) => {
    assertEquals(await missingFolders(folder), []);
    const missing = [`${folder}/a/b`, `${folder}/a`];
    assertEquals(await missingFolders(`${folder}/a/b`), missing);
    assertEquals((await missingFolders(`${folder}//a//b/`)).length, 2);
  });
  assertEquals(await missingFolders("none/such"), ["none/such", "none"]);
  assertEquals(await missingFolders("/none-such"), ["/none-such"]);
  assertEquals(await missingFolders("/"), []);
});
