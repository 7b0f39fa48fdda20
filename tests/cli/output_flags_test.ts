/**
 * What programs say as their flags ask them to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { LIB, startProgram } from "../testing/program.ts";

/** What a program says that has progress, a note, a result in two forms and an error. */
async function said(...argv: string[]): Promise<{ stdout: string; stderr: string }> {
  const child = startProgram(`
    import { parseCommandLine } from "${LIB}/cli/command_line.ts";
    import { FlmError } from "${LIB}/errors.ts";
    import { JSON_FLAG } from "${LIB}/cli/output_flags.ts";
    import { Progress } from "${LIB}/cli/progress.ts";
    import { printResult, tell } from "${LIB}/cli/stdout.ts";
    import { runMain } from "${LIB}/cli/main.ts";
    await runMain(() => {
      parseCommandLine({ name: "x", doc: "X.", flags: JSON_FLAG }, ${JSON.stringify(argv)});
      tell("note");
      using bar = new Progress({ label: "bar", now: () => 0 });
      bar.update(1);
      bar.finish();
      printResult({ loss: 1 }, () => "loss 1");
      throw new FlmError("fault");
    });
  `);
  const { stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { stdout: decode(stdout), stderr: decode(stderr) };
}

const BAR = "bar 1 steps in 0 s\n";
const FAULT = "error: fault\n";
const JSON_TEXT = `{\n  "loss": 1\n}\n`;

Deno.test("programs say all unless told", async () => {
  assertEquals(await said(), { stdout: "note\nloss 1\n", stderr: BAR + FAULT });
});

Deno.test("--quiet leaves results and errors", async () => {
  assertEquals(await said("--quiet"), { stdout: "loss 1\n", stderr: FAULT });
});

Deno.test("--json leaves nothing but JSON on standard output", async () => {
  assertEquals(await said("--json"), { stdout: JSON_TEXT, stderr: BAR + FAULT });
  assertEquals(await said("--json", "--quiet"), { stdout: JSON_TEXT, stderr: FAULT });
});

/** All files of a folder, those of the folders in it too. */
async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

Deno.test("no program writes colours, so that NO_COLOR is heeded", async () => {
  // deno-lint-ignore no-control-regex
  const colour = /(?:\\x1b|\\u001b|\\033|\\e|\x1b)\[[\d;]*m/;
  const coloured: string[] = [];
  for (const folder of ["lib", "tasks"]) {
    for await (const file of filesIn(folder)) {
      if (file.endsWith(".ts") && colour.test(await Deno.readTextFile(file))) coloured.push(file);
    }
  }
  assertEquals(coloured, []);
  assertEquals(colour.test(String.raw`"\x1b[31mred"`), true);
});
