/**
 * Variables of the environment.
 *
 * @module
 */

/** A variable, or undefined if it is empty or unset, or the program may not read it. */
export function environment(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return (state === "granted" && Deno.env.get(variable)) || undefined;
}
