/**
 * Programs run as people run them, in processes of their own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a program ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Where a program runs; the project's folder and this process's environment unless told. */
export interface Surroundings {
  cwd?: string;
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>;
  /** Whether the environment is that alone. */
  clearEnv?: boolean;
}

/** Runs `deno` with the arguments. */
export async function deno(args: readonly string[], where: Surroundings = {}): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: where.cwd ?? ROOT,
    // Tasks have not the permission that Dawn needs, whatever this process's tests go by.
    env: { NO_COLOR: "1", FLM_BACKEND: "", ...where.env },
    clearEnv: where.clearEnv ?? false,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The address of lib/, for programs given as text. */
export const LIB = new URL("../../lib", import.meta.url).href;

/** Starts a program, given as text, that may do nothing but read the variables of `env`. */
export function startProgram(
  program: string,
  env: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  const variables = Object.keys(env);
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-config"],
      ...(variables.length > 0 ? [`--allow-env=${variables.join()}`] : []),
      `data:text/typescript,${encodeURIComponent(program)}`,
    ],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Calls `onLine` with each line that a program writes, and gives all of them at its end. */
export async function readLines(
  output: ReadableStream<Uint8Array>,
  onLine: (line: string) => void = () => {},
): Promise<string[]> {
  const lines: string[] = [];
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (const line of text.split("\n").slice(lines.length, -1)) {
      lines.push(line);
      onLine(line);
    }
  }
  return lines;
}

/** The process ids below `parent`, the deepest last: a task's program runs in a child. */
export async function descendants(parent: number): Promise<number[]> {
  const path = `/proc/${parent}/task/${parent}/children`;
  const children = (await Deno.readTextFile(path)).split(" ").filter(Boolean).map(Number);
  // A child may have ended since.
  const below = await Promise.all(children.map((child) => descendants(child).catch(() => [])));
  return [...children, ...below.flat()];
}
