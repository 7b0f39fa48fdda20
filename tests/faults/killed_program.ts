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
  /** Whether half of what is about to be written is. */
  readonly torn?: boolean;
  /** A file that gets the moments of a program that lives. */
  readonly moments?: string;
}

/** The variable of the environment that tells die.ts. */
export const DEATH_VARIABLE = "FLM_TEST_DEATH";

/** When a program is killed: at a moment, or some milliseconds after its start. */
export type Kill = Pick<Death, "killAt" | "torn"> | { readonly afterMs: number };

/** What becomes of a program: it is killed, or tells of its moments when it has ended. */
export type Fate = Kill | Pick<Death, "moments">;

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
  const child = denoRun(args, { cwd, death: "afterMs" in fate ? {} : fate }).spawn();
  const output = child.output();
  if ("afterMs" in fate) {
    const alive = await Promise.race([delay(fate.afterMs, true), output.then(() => false)]);
    if (alive) child.kill("SIGKILL");
  }
  const { code, signal, stdout, stderr } = await output;
  assert(signal === null || signal === "SIGKILL", `it was ended by ${signal}`);
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  return { killed: signal === "SIGKILL", code, output: text };
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
  const preload = fileURLToPath(new URL("./die.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-check", "--allow-all"],
      ...["--config", `${ROOT}deno.json`, "--preload", preload],
      ...args,
    ],
    cwd,
    env: { NO_COLOR: "1", FLM_BACKEND: "", [DEATH_VARIABLE]: JSON.stringify(death), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}
