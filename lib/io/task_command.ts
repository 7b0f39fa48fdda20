/**
 * Commands in messages, to be pasted into a shell.
 *
 * @module
 */

/** A task as one would start it by hand. */
export function taskCommand(task: string, args: readonly string[]): string {
  return ["deno", "task", task, ...args].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
