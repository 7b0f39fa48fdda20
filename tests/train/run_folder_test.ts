import { assertEquals } from "@std/assert";
import { withFolder } from "../testing/folder.ts";
import { deno, ROOT } from "../testing/program.ts";

Deno.test("requireOwnFolder() does not ask for more than the program may read", () =>
  withFolder(async (folder) => {
    const program = `${folder}/program.ts`;
    const module = JSON.stringify(`file://${ROOT}lib/train/run_folder.ts`);
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
