/**
 * Terminals, made by the `script` of util-linux, at which Ctrl-C is pressed: all programs there get
 * its signal.
 *
 * @module
 */

import { denoEnvironment } from "./killed_program.ts";

/** Whether terminals can be made, by the `script` of util-linux. */
export const HAS_SCRIPT = await new Deno.Command("script", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);

/** A word as shells read it. */
export const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs a command of a shell on a terminal, and presses Ctrl-C once it has shown a text. */
export async function onTerminal(command: string, cwd: string, shows: string): Promise<string> {
  const child = new Deno.Command("script", {
    args: ["-qefc", command, "/dev/null"],
    cwd,
    env: denoEnvironment(),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let output = "";
  let pressed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk;
    if (pressed || !output.includes(shows)) continue;
    pressed = true;
    await keyboard.write(Uint8Array.of(3));
  }
  await child.status;
  await keyboard.close().catch(() => {});
  return output;
}
