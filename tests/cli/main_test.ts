/**
 * How programs end: errors in words, exit statuses and signals.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { InterruptedError } from "../../lib/cli/interrupt.ts";
import { explainError } from "../../lib/cli/main.ts";
import { DataError } from "../../lib/errors.ts";

const CLI = new URL("../../lib/cli/", import.meta.url).href;

/** Starts a program, given as text, that has no permissions. */
async function start(program: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-config", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  return child;
}

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
  assertEquals(deny("something new"), "error: permission denied: something new");
});

Deno.test("explainError() gives the status of the signal when interrupted", () => {
  assertEquals(explainError(new InterruptedError("SIGINT")), {
    text: "Interrupted.",
    exitCode: 130,
  });
  assertEquals(explainError(new InterruptedError("SIGTERM")).exitCode, 143);
});

Deno.test("runMain() exits with status 1 when a permission is denied", async () => {
  const child = await start(`
    import { runMain } from "${CLI}main.ts";
    await runMain(async () => void await Deno.readTextFile("/nowhere/config.yaml"));
    console.log("unreachable");
  `);
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stderr);
  assertEquals([code, stdout.length], [1, 0]);
  assertMatch(text, /^error: the program has no read access to \/nowhere\/config\.yaml\n/);
  assertMatch(text, / add --allow-read=\/nowhere\/config\.yaml\n$/);
});

Deno.test("Interrupt aborts at the first signal and exits at the second", async () => {
  const child = await start(`
    import { Interrupt } from "${CLI}interrupt.ts";
    let time = 0;
    using interrupt = new Interrupt(
      () => console.log("first", interrupt.signal.reason.message),
      () => time += 1000,
    );
    console.log("ready");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  `);
  child.stderr.cancel();
  const lines: string[] = [];
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const complete = text.split("\n").slice(0, -1);
    // Every line says that the program awaits the next signal.
    for (const line of complete.slice(lines.length)) {
      lines.push(line);
      child.kill("SIGINT");
    }
  }
  assertEquals(lines, ["ready", "first Interrupted."]);
  assertEquals((await child.status).code, 130);
});

Deno.test("Interrupt takes a signal that comes again at once for the same", async () => {
  const child = await start(`
    import { Interrupt } from "${CLI}interrupt.ts";
    using interrupt = new Interrupt(() => console.log("first"), () => 0);
    let signals = 0;
    Deno.addSignalListener("SIGINT", () => {
      if (++signals === 4) Deno.exit(7);
      if (signals > 1) console.log(signals);
    });
    console.log("ready");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  `);
  child.stderr.cancel();
  let text = "";
  let lines = 0;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (; lines < text.split("\n").length - 1; lines++) child.kill("SIGINT");
  }
  assertEquals(text, "ready\nfirst\n2\n3\n");
  assertEquals((await child.status).code, 7);
});

Deno.test("runMain() exits with 130 when a loop stops for Ctrl-C", async () => {
  const child = await start(`
    import { Interrupt } from "${CLI}interrupt.ts";
    import { runMain } from "${CLI}main.ts";
    await runMain(async () => {
      using interrupt = new Interrupt();
      console.log("ready");
      while (!interrupt.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log("saved");
      interrupt.signal.throwIfAborted();
    });
  `);
  let text = "";
  const stderr = new Response(child.stderr).text();
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (text === "") child.kill("SIGINT");
    text += chunk;
  }
  assertEquals(text, "ready\nsaved\n");
  assertEquals([(await child.status).code, await stderr], [130, "Interrupted.\n"]);
});

Deno.test("Progress goes on when standard error is closed", async () => {
  const child = await start(`
    import { Progress } from "${CLI}progress.ts";
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
