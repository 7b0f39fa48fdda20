import { assertEquals } from "@std/assert";
import { listDrivers } from "../../tasks/doctor/drivers.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("listDrivers() reads descriptions and finds the libraries that they name", () =>
  withFolder(async (given) => {
    const folder = await Deno.realPath(given);
    for (const name of ["icd", "lib", "own"]) await Deno.mkdir(`${folder}/${name}`);
    const describe = (path: string, library: string) =>
      Deno.writeTextFile(
        `${folder}/${path}`,
        JSON.stringify({ ICD: { library_path: library, api_version: "1.3.2" } }),
      );
    await Deno.writeTextFile(`${folder}/lib/libcard.so.550.1`, "");
    await Deno.symlink("libcard.so.550.1", `${folder}/lib/libcard.so.0`);
    await Deno.writeTextFile(`${folder}/own/libsoft.so`, "");
    await describe("icd/card.json", "libcard.so.0");
    await describe("icd/gone.json", `${folder}/lib/libgone.so`);
    await describe("own/soft.json", "./libsoft.so");
    await Deno.writeTextFile(`${folder}/icd/broken.json`, "{");
    await Deno.writeTextFile(`${folder}/icd/notes.txt`, "");
    const found = await listDrivers({
      descriptions: [`${folder}/none`, `${folder}/icd`, `${folder}/own/soft.json`],
      libraries: [`${folder}/own`, `${folder}/lib`],
    });
    assertEquals(found, [
      { file: `${folder}/icd/broken.json`, library: null, version: "unknown" },
      {
        file: `${folder}/icd/card.json`,
        library: `${folder}/lib/libcard.so.550.1`,
        version: "1.3.2",
      },
      { file: `${folder}/icd/gone.json`, library: null, version: "1.3.2" },
      { file: `${folder}/own/soft.json`, library: `${folder}/own/libsoft.so`, version: "1.3.2" },
    ]);
  }));
