import { assertEquals } from "@std/assert";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import { withFolder } from "../testing/folder.ts";
import { deno, ROOT } from "../testing/program.ts";

Deno.test("placeOfCheckpoint() knows a checkpoint by its folder, whatever the run's is called", () => {
  for (const run of ["runs/a", "/a b/it's", "a\nb/\u2028/checkpoints", "a/checkpoints/7"]) {
    for (const name of ["0000012", "12/"]) {
      assertEquals(placeOfCheckpoint(`${run}/checkpoints/${name}`), { run, step: 12 });
    }
  }
  for (
    const other of ["checkpoints/12", "runs/a/checkpoints", "http://a.b/r/checkpoints/0000012"]
  ) {
    assertEquals(placeOfCheckpoint(other), null);
  }
});

Deno.test("requireOwnFolder() does not ask for more than the program may read", () =>
  withFolder(async (folder) => {
    const program = `${folder}/program.ts`;
    const module = JSON.stringify(`file://${ROOT}lib/checkpoint/run_folder.ts`);
    const run = `${folder}/runs/mine`;
    await Deno.writeTextFile(
      program,
      `import { requireOwnFolder } from ${module};\n` +
        `await requireOwnFolder(${JSON.stringify(run)});\nconsole.log("may");\n`,
    );
    const { stdout, stderr } = await deno([
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-read=${folder}/runs`,
      program,
    ]);
    assertEquals([stdout, stderr], ["may\n", ""]);
  }));
