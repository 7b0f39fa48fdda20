/**
 * What tasks are run with that are to load Dawn, which is native code.
 *
 * @module
 */

import { BACKEND_VARIABLE } from "../../lib/gpu/backend.ts";

/** What is read of deno.json. */
export interface DenoJson {
  /** The tasks by their names. */
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  /** The sets of permissions by their names. */
  readonly permissions: Readonly<Record<string, { readonly env?: true | readonly string[] }>>;
}

/**
 * The command of a task, with the permission to load native code; null if the task uses no GPU: its
 * set of permissions does not have FLM_BACKEND. The launcher does the same, in `native_command`,
 * and says why deno.lock is left alone.
 */
export function dawnCommand(task: string, { tasks, permissions }: DenoJson): string | null {
  const [, rest, set] = /^deno run (.*-P=(\S+).*)$/.exec(tasks[task]?.command ?? "") ?? [];
  if (rest?.includes(" --allow-ffi ")) return null;
  const { env } = permissions[set ?? ""] ?? {};
  if (!Array.isArray(env) || !env.includes(BACKEND_VARIABLE)) return null;
  return `deno run --allow-ffi --no-lock ${rest}`;
}
