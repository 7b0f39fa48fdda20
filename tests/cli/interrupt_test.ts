/**
 * Signals and the end of other programs, as programs of their own see them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { InterruptedError, stopCauseOf } from "../../lib/cli/interrupt.ts";
import { LIB, readLines, startProgram } from "../testing/program.ts";

const IMPORT = `
  import { Interrupt, watchedParent } from "${LIB}/cli/interrupt.ts";
  import { runMain } from "${LIB}/cli/main.ts";
  const never = () => new Promise((resolve) => setTimeout(resolve, 60_000));
`;

/** Sends signals again and again until the program has ended. */
async function sendUntilEnd(child: Deno.ChildProcess, ...signals: Deno.Signal[]): Promise<void> {
  const send = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended just now.
    }
  };
  const timer = setInterval(() => signals.forEach(send), 20);
  await child.status;
  clearInterval(timer);
}

Deno.test("InterruptedError has the status that shells give, and one of its own for a requeue", () => {
  const statuses = (["SIGINT", "SIGTERM", "SIGHUP", "orphaned", "SIGUSR1"] as const)
    .map((cause) => new InterruptedError(cause).exitCode);
  assertEquals(statuses, [130, 143, 129, 129, 75]);
});

Deno.test("stopCauseOf() tells programs that were stopped from those that failed or were killed", () => {
  const causes = [130, 143, 129, 75, 0, 1, 137, 141].map((status) => stopCauseOf(status) ?? null);
  assertEquals(causes, ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", null, null, null, null]);
});

Deno.test("Interrupt aborts at the first signal and ends the program at the second", async () => {
  const child = startProgram(`${IMPORT}
    using interrupt = new Interrupt({ notice: "stopping", echoTime: 0 });
    interrupt.signal.onabort = () => console.log(interrupt.signal.reason.message);
    await interrupt.ready;
    console.log("ready");
    await never();
  `);
  let again: Promise<void> | undefined;
  const stderr = readLines(child.stderr);
  const lines = await readLines(child.stdout, (line) => {
    if (line === "ready") child.kill("SIGINT");
    else again = sendUntilEnd(child, "SIGINT");
  });
  await again;
  assertEquals([lines, await stderr], [["ready", "Interrupted."], ["stopping"]]);
  assertEquals((await child.status).signal, "SIGINT");
});

Deno.test("Interrupt counts signals that come while the program is busy", async () => {
  const child = startProgram(`${IMPORT}
    using interrupt = new Interrupt({ notice: "stopping", echoTime: 0 });
    await interrupt.ready;
    console.error("ready");
    for (const end = Date.now() + 60_000; Date.now() < end;);
  `);
  let again: Promise<void> | undefined;
  const lines = await readLines(child.stderr, (line) => {
    if (line === "ready") child.kill("SIGTERM");
    else again = sendUntilEnd(child, "SIGINT");
  });
  await again;
  await child.stdout.cancel();
  assertEquals(lines, ["ready", "stopping"]);
  assertEquals((await child.status).signal, "SIGINT");
});

Deno.test("Interrupt takes what comes after SIGUSR1 for the first signal, as the cause that was told", async () => {
  const child = startProgram(`${IMPORT}
    using interrupt = new Interrupt({ echoTime: 0 });
    await interrupt.ready;
    console.log("ready");
    await new Promise((resolve) => interrupt.signal.onabort = resolve);
    console.log(interrupt.signal.reason.message);
    await never();
  `);
  let again: Promise<void> | undefined;
  const lines = await readLines(child.stdout, (line) => {
    if (line === "ready") child.kill("SIGUSR1");
    // No SIGUSR1 ends it, and a SIGTERM only when another has come before.
    else again ??= sendUntilEnd(child, "SIGUSR1", "SIGTERM");
  });
  await again;
  await child.stderr.cancel();
  assertEquals(lines, ["ready", "Stopped by SIGUSR1."]);
  assertEquals((await child.status).signal, "SIGTERM");
});

Deno.test("Interrupt takes no terminal that closes again for a second signal", async () => {
  const child = startProgram(`${IMPORT}
    using interrupt = new Interrupt({ echoTime: 0 });
    await interrupt.ready;
    console.log("ready");
    await new Promise((resolve) => interrupt.signal.onabort = resolve);
    console.log("stopping");
    await never();
  `);
  let again: Promise<void> | undefined;
  const lines = await readLines(child.stdout, (line) => {
    if (line === "ready") child.kill("SIGHUP");
    // The first SIGTERM after the time for echoes ends it, no SIGHUP before.
    else again ??= sendUntilEnd(child, "SIGHUP", "SIGTERM");
  });
  await again;
  await child.stderr.cancel();
  assertEquals(lines, ["ready", "stopping"]);
  assertEquals((await child.status).signal, "SIGTERM");
});

Deno.test("Interrupt takes a signal that comes again at once for the same", async () => {
  const child = startProgram(`${IMPORT}
    using interrupt = new Interrupt({ notice: "stopping", echoTime: 60_000 });
    let signals = 0;
    Deno.addSignalListener("SIGINT", () => {
      if (++signals === 4) Deno.exit(7);
      console.log(signals);
    });
    await interrupt.ready;
    console.log("ready");
    await never();
  `);
  const noticed = Promise.withResolvers<void>();
  const stderr = readLines(child.stderr, () => noticed.resolve());
  const lines = await readLines(child.stdout, async (line) => {
    // The last one ends the program, which may be faster than the thread that listens.
    if (line === "3") await noticed.promise;
    child.kill("SIGINT");
  });
  assertEquals([lines, await stderr], [["ready", "1", "2", "3"], ["stopping"]]);
  assertEquals((await child.status).code, 7);
});

Deno.test("Interrupt is aborted from the start when the part of a program before it did not heed a signal", async () => {
  const child = startProgram(`${IMPORT}
    {
      using first = new Interrupt({ notice: "stopping" });
      await first.ready;
      console.log("ready");
      // Meanwhile no message reaches this thread.
      Deno.stdin.readSync(new Uint8Array(1));
    }
    using next = new Interrupt({ goOn: "again" });
    console.log(next.signal.aborted, next.signal.reason?.stopCause, next.signal.reason?.goOn);
  `);
  const stderr = readLines(child.stderr, () => child.stdin.close());
  const lines = await readLines(child.stdout, (line) => {
    if (line === "ready") child.kill("SIGTERM");
  });
  assertEquals([lines, await stderr], [["ready", "true SIGTERM again"], ["stopping"]]);
});

Deno.test("runMain() exits with the signal's status when a loop stops for it", async () => {
  const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGUSR1: 75 };
  for (const [signal, code] of Object.entries(statuses) as [Deno.Signal, number][]) {
    const child = startProgram(`${IMPORT}
      await runMain(async () => {
        using interrupt = new Interrupt();
        await interrupt.ready;
        console.log("ready");
        while (!interrupt.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
        console.log("saved");
        interrupt.signal.throwIfAborted();
      });
    `);
    const stderr = readLines(child.stderr);
    const lines = await readLines(child.stdout, (line) => {
      if (line === "ready") child.kill(signal);
    });
    assertEquals(lines, ["ready", "saved"]);
    assertEquals((await child.status).code, code);
    // At SIGUSR1 Deno speaks of its debugger before.
    const said = (await stderr).at(-1);
    assertEquals(said, signal === "SIGINT" ? "Interrupted." : `Stopped by ${signal}.`);
  }
});

Deno.test("Interrupt goes on after SIGUSR2, which asks once for a checkpoint", async () => {
  const child = startProgram(`${IMPORT}
    using interrupt = new Interrupt({ saves: true });
    await interrupt.ready;
    console.log("ready");
    while (!interrupt.takeSaveRequest()) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log(interrupt.takeSaveRequest(), interrupt.signal.aborted);
  `);
  const lines = await readLines(child.stdout, (line) => {
    if (line === "ready") child.kill("SIGUSR2");
  });
  await child.stderr.cancel();
  assertEquals([lines, (await child.status).code], [["ready", "false false"], 0]);
});

/** A program that says why it stops. */
const WAITING = `${IMPORT}
  using interrupt = new Interrupt();
  interrupt.signal.onabort = () => {
    console.log(interrupt.signal.reason.message);
    Deno.exit(0);
  };
  await interrupt.ready;
  console.log("ready");
  await never();
`;
const ORPHANED = "Stopped, since the program that started this one has ended.";

Deno.test("Interrupt aborts when the task that started the program is killed", async () => {
  const shell = new Deno.Command("/bin/sh", {
    args: ["-c", '"$@" & wait', "sh", Deno.execPath()].concat(
      ["run", "--quiet", "--no-prompt", "--no-config", "--allow-env=INIT_CWD"],
      `data:text/typescript,${encodeURIComponent(WAITING)}`,
    ),
    env: { INIT_CWD: "/" },
    stdout: "piped",
  }).spawn();
  const lines = await readLines(shell.stdout, (line) => {
    if (line === "ready") shell.kill("SIGKILL");
  });
  await shell.status;
  assertEquals(lines, ["ready", ORPHANED]);
});

Deno.test("Interrupt aborts when the program's standard input ends, if that is its lifeline", async () => {
  const child = startProgram(WAITING, { FLM_LIFETIME: "stdin" });
  const lines = await readLines(child.stdout, (line) => {
    if (line === "ready") child.stdin.close();
  });
  await child.stderr.cancel();
  assertEquals(lines, ["ready", ORPHANED]);
});

Deno.test("Interrupt ignores the signals for a checkpoint when there is nothing to save", async () => {
  const child = startProgram(WAITING);
  const lines = await readLines(child.stdout, (line) => {
    if (line !== "ready") return;
    child.kill("SIGUSR2");
    child.kill("SIGTERM");
  });
  await child.stderr.cancel();
  assertEquals(lines, ["ready", "Stopped by SIGTERM."]);
});

Deno.test("Interrupt leaves a file that grows too large to the one who writes it", async () => {
  const child = startProgram(WAITING);
  const lines = await readLines(child.stdout, (line) => {
    if (line !== "ready") return;
    child.kill("SIGXFSZ");
    child.kill("SIGTERM");
  });
  await child.stderr.cancel();
  assertEquals(lines, ["ready", "Stopped by SIGTERM."]);
});

Deno.test("Interrupt ignores SIGHUP when the program is to outlive its terminal", async () => {
  const child = startProgram(WAITING, { FLM_LIFETIME: "nohup" });
  const lines = await readLines(child.stdout, (line) => {
    if (line !== "ready") return;
    child.kill("SIGHUP");
    child.kill("SIGTERM");
  });
  await child.stderr.cancel();
  assertEquals(lines, ["ready", "Stopped by SIGTERM."]);
});

Deno.test("watchedParent() is none when no task started the program", async () => {
  const program = `${IMPORT}console.log(watchedParent() === null, Deno.ppid);`;
  const found: string[] = [];
  for (const env of [{}, { INIT_CWD: "/" }]) {
    const child = startProgram(program, env);
    await child.stderr.cancel();
    found.push(...await readLines(child.stdout));
  }
  assertEquals(found, [`true ${Deno.pid}`, `false ${Deno.pid}`]);
});

Deno.test("Interrupt names the command that goes on, also when it is told after the signal", async () => {
  const child = startProgram(`${IMPORT}
    await runMain(async () => {
      using interrupt = new Interrupt({ goOn: "./flm train a" });
      await interrupt.ready;
      console.log("ready");
      while (!interrupt.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(interrupt.signal.reason.goOn);
      interrupt.goOnBy("./flm train --resume a");
      interrupt.signal.throwIfAborted();
    });
  `);
  const stderr = readLines(child.stderr);
  const lines = await readLines(child.stdout, (line) => {
    if (line === "ready") child.kill("SIGINT");
  });
  assertEquals(lines, ["ready", "./flm train a"]);
  assertEquals((await stderr).at(-1), "Interrupted. To go on: ./flm train --resume a");
});
