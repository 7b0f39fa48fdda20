/**
 * Programs that are killed as they are about to change a file, or after a while.
 *
 * What is on disk changes at these moments alone: whoever is killed between two of them leaves the
 * same behind as at the later one.
 *
 * @module
 */

import { assert } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ROOT } from "../testing/program.ts";

/** A moment at which a program can be killed: it is about to change a file. */
export interface Moment {
  /** By this function of Deno. */
  readonly operation: string;
  /** The file; nothing if it is one that was opened before. */
  readonly path: string;
}

/** What die.ts is told. */
export interface Death {
  /** The number of the moment at which the program dies; it lives unless given. */
  readonly killAt?: number;
  /** What the paths of the moments that count have in them; all count unless given. */
  readonly within?: string;
  /** The signals that it gets then; SIGKILL unless told. */
  readonly signals?: readonly Deno.Signal[];
  /** Whether half of what is about to be written is. */
  readonly torn?: boolean;
  /** A file that gets the moments of a program that lives. */
  readonly moments?: string;
}

/** The variable of the environment that tells die.ts. */
export const DEATH_VARIABLE = "FLM_TEST_DEATH";

/** When a program is killed, and how: at a moment, or some milliseconds after its start. */
export type Kill =
  | Omit<Death, "moments">
  | Pick<Death, "signals"> & { readonly afterMs: number };

/**
 * What becomes of a program: it is killed, or tells of its moments when it has ended; or nobody
 * reads its standard output.
 */
export type Fate = Kill | Pick<Death, "moments"> | { readonly closes: true };

/** How a program ended. */
export interface Ended {
  /** Whether it was killed. */
  readonly killed: boolean;
  /** Its exit status. */
  readonly code: number;
  /** What it wrote. */
  readonly output: string;
}

/** Runs `deno run` with all permissions in a folder, and kills it if it comes so far. */
export async function runKilled(
  args: readonly string[],
  cwd: string,
  fate: Fate = {},
): Promise<Ended> {
  const isTold = !("afterMs" in fate || "closes" in fate);
  const child = denoRun(args, { cwd, death: isTold ? fate : {} }).spawn();
  const { signals = ["SIGKILL"] } = fate as Pick<Death, "signals">;
  const textOf = (output: ReadableStream<Uint8Array>) => new Response(output).text();
  const ended = Promise.all([
    child.status,
    "closes" in fate ? child.stdout.cancel().then(() => "") : textOf(child.stdout),
    textOf(child.stderr),
  ]);
  if ("afterMs" in fate) {
    const early = new AbortController();
    child.status.then(() => early.abort());
    await delay(fate.afterMs, null, { signal: early.signal }).catch(() => {});
    try {
      for (const signal of signals) child.kill(signal);
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  const [{ code, signal }, ...texts] = await ended;
  assert(signal === null || signals.includes(signal), `it was ended by ${signal}`);
  return { killed: signal === "SIGKILL", code, output: texts.join("\n") };
}

/** The arguments of `deno` that run a program of the project under all permissions. */
export function denoArguments(args: readonly string[]): string[] {
  const preload = fileURLToPath(new URL("./die.ts", import.meta.url));
  return [
    ...["run", "--quiet", "--no-prompt", "--no-check", "--allow-all"],
    ...["--config", `${ROOT}deno.json`, "--preload", preload],
    ...args,
  ];
}

/** The variables that it is given, and others. */
export function denoEnvironment(
  env: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return { NO_COLOR: "1", FLM_BACKEND: "", ...env };
}

/** A program of the project under all permissions, in a folder of its own. */
export function denoRun(
  args: readonly string[],
  { cwd, death = {}, env = {} }: {
    cwd: string;
    death?: Death;
    env?: Readonly<Record<string, string>>;
  },
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: denoArguments(args),
    cwd,
    env: denoEnvironment({ [DEATH_VARIABLE]: JSON.stringify(death), ...env }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}
