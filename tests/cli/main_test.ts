/**
 * How programs end: errors in words, exit statuses and signals.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { InterruptedError } from "../../lib/cli/interrupt.ts";
import { explainError } from "../../lib/cli/main.ts";
import { DataError } from "../../lib/errors.ts";
import { LIB, startProgram } from "../testing/program.ts";

Deno.test("explainError() gives a message alone when the error is for people", () => {
  assertEquals(explainError(new DataError("The corpus is empty.")), {
    text: "error: The corpus is empty.",
    exitCode: 1,
  });
});

Deno.test("explainError() gives the stack when the error is a fault", () => {
  const { text, exitCode } = explainError(new TypeError("x is undefined"));
  assertEquals(exitCode, 1);
  assertMatch(text, /^error: this is a fault.*\nTypeError: x is undefined\n {4}at .*main_test\.ts/);
  assertStringIncludes(explainError("text").text, 'Thrown: "text"');
});

Deno.test("explainError() takes no error of the system for a fault", () => {
  const error = Object.assign(new Error("Structure needs cleaning (os error 117)"), {
    code: "EUCLEAN",
  });
  assertEquals(
    explainError(error).text,
    'error: the system says "Structure needs cleaning (os error 117)"',
  );
});

Deno.test("explainError() shows the control characters of what a message quotes", () => {
  const { text } = explainError(new DataError("a\tb:\n\x1b]0;title\x07\u202e is no document"));
  assertEquals(text, "error: a\tb:\n\\x1b]0;title\\x07\\u202e is no document");
  assertStringIncludes(explainError(new TypeError("\x1b[2J")).text, "TypeError: \\x1b[2J");
});

Deno.test("explainError() names the flag when a permission is denied", () => {
  const deny = (message: string) => explainError(new Deno.errors.NotCapable(message)).text;
  const read = deny('Requires read access to "/data/x", run again with the --allow-read flag');
  assertMatch(read, /^error: the program has no read access to \/data\/x\n/);
  assertMatch(read, / add --allow-read=\/data\/x$/);
  assertMatch(deny("Requires ffi access, run again with the --allow-ffi flag"), / --allow-ffi$/);
  assertMatch(
    deny("Requires read access to <CWD>, run again with the --allow-read flag"),
    / add --allow-read$/,
  );
  // A list would take it for two.
  assertMatch(
    deny('Requires read access to "/a,b", run again with the --allow-read flag'),
    / add --allow-read$/,
  );
  assertMatch(
    deny('Requires read access to "/a\nb", run again with the --allow-read flag'),
    /^error: the program has no read access to \/a\nb\n.* add --allow-read$/,
  );
  assertMatch(
    deny('Requires all access to "/proc/self/mem", run again with the --allow-all flag'),
    /^error: \/proc\/self\/mem cannot be used: .* Name another path\.$/,
  );
  assertEquals(deny("something new"), "error: permission denied: something new");
});

Deno.test("explainError() gives the status of the signal when interrupted", () => {
  assertEquals(explainError(new InterruptedError("SIGINT")), {
    text: "Interrupted.",
    exitCode: 130,
  });
  assertEquals(explainError(new InterruptedError("SIGTERM")).exitCode, 143);
  const cut = new InterruptedError("SIGINT", "./flm train --resume runs/a");
  assertEquals(explainError(cut).text, "Interrupted. To go on: ./flm train --resume runs/a");
  // The whole goes before its part.
  assertEquals(explainError(cut, { goOn: "./flm demo" }).text, "Interrupted. To go on: ./flm demo");
});

Deno.test("runMain() exits with status 1 when a permission is denied", async () => {
  const child = startProgram(`
    import { runMain } from "${LIB}/cli/main.ts";
    await runMain(async () => void await Deno.readTextFile("/nowhere/config.yaml"));
    console.log("unreachable");
  `);
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stderr);
  assertEquals([code, stdout.length], [1, 0]);
  assertMatch(text, /^error: the program has no read access to \/nowhere\/config\.yaml\n/);
  assertMatch(text, / add --allow-read=\/nowhere\/config\.yaml\n$/);
});

Deno.test("runMain() explains an error of a promise that nobody awaits", async () => {
  const { code, stderr } = await startProgram(`
    import { runMain } from "${LIB}/cli/main.ts";
    import { DataError } from "${LIB}/errors.ts";
    await runMain(async () => {
      Promise.reject(new DataError("The corpus is gone."));
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });
  `).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [1, "error: The corpus is gone.\n"]);
});

Deno.test("Progress goes on when standard error is closed", async () => {
  const child = startProgram(`
    import { Progress } from "${LIB}/cli/progress.ts";
    Deno.stderr.close();
    const bar = new Progress({ label: "x", total: 10, plainEvery: 0 });
    for (let i = 0; i < 10; i++) bar.update(i, "y".repeat(1000));
    bar.finish();
    console.log("done");
  `);
  await child.stderr.cancel();
  assertEquals(await new Response(child.stdout).text(), "done\n");
  assertEquals((await child.status).code, 0);
});
