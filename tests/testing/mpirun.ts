/**
 * Programs run by the launchers of real MPI libraries.
 *
 * @module
 */

import type { LibraryFamily } from "../../lib/dist/launcher.ts";
import { ROOT } from "./program.ts";

/** How Debian calls a library's launcher, and what it comes in. */
const LAUNCHERS: Readonly<
  Record<LibraryFamily, { program: string; flags: readonly string[]; packages: readonly string[] }>
> = {
  openmpi: {
    program: "mpirun.openmpi",
    // The ranks of tests are more than there are cores, and tests may be run by root.
    flags: ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"],
    packages: ["openmpi-bin", "libopenmpi3"],
  },
  mpich: { program: "mpirun.mpich", flags: [], packages: ["mpich"] },
};

/** The libraries that tests are run with. */
export const FAMILIES = Object.keys(LAUNCHERS) as LibraryFamily[];

function succeeds(command: string, ...args: string[]): boolean {
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    return new Deno.Command(command, { args, env, stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

const found = new Map<LibraryFamily, boolean>();

/**
 * Whether there is a launcher of a library. Continuous integration installs it where it may; who is
 * told that a test was ignored finds the packages' names in this file.
 */
export function hasMpi(family: LibraryFamily): boolean {
  let has = found.get(family);
  if (has !== undefined) return has;
  const { program, packages } = LAUNCHERS[family];
  const isThere = () => succeeds("sh", "-c", `command -v ${program}`);
  has = isThere();
  if (!has && Deno.env.get("CI") && !Number(Deno.env.get("FLM_NO_INSTALL")) && Deno.uid() === 0) {
    const install = () =>
      succeeds("apt-get", "-qq", "-y", "--no-install-recommends", "install", ...packages);
    has = (install() || (succeeds("apt-get", "-qq", "update") && install())) && isThere();
  }
  found.set(family, has);
  return has;
}

/** What the environment of the tests does not change. */
const ENVIRONMENT = { NO_COLOR: "1", FLM_BACKEND: "" };

/** Starts a task as a process that works alone. */
export function alone(task: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(`${ROOT}flm`, {
    args: [task, ...args],
    cwd: ROOT,
    env: ENVIRONMENT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Starts a command as some ranks. */
export function mpirun(
  family: LibraryFamily,
  numRanks: number,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  return launch(family, ["-n", `${numRanks}`, ...command], env);
}

/** Runs a launcher with arguments of one's own, perhaps by a program that takes it as a command. */
export function launch(
  family: LibraryFamily,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  by: readonly string[] = [],
): Deno.ChildProcess {
  const { program, flags } = LAUNCHERS[family];
  const [first, ...rest] = [...by, program, ...flags, ...args];
  return new Deno.Command(first!, {
    args: rest,
    cwd: ROOT,
    env: { ...ENVIRONMENT, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The output of such a command, when all of its ranks have ended. */
export async function outputOf(
  child: Deno.ChildProcess,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
