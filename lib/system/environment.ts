/**
 * Variables of the environment.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";

/**
 * A variable, or undefined if it is empty or unset, or the program may not read it, as in a page.
 *
 * @throws {ConfigError} if it is not text.
 */
export function environment(variable: string): string | undefined {
  const query = globalThis.Deno?.permissions.querySync({ name: "env", variable });
  if (query?.state !== "granted") return undefined;
  try {
    return Deno.env.get(variable) || undefined;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.InvalidData)) throw cause;
    throw new ConfigError(
      `${variable} of the environment is not UTF-8 text: set it again, or unset it.`,
      { cause },
    );
  }
}
