/**
 * Standard output that cannot be written.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { LIB } from "../testing/program.ts";

const PROGRAM = `
  import { runMain } from "${LIB}/cli/main.ts";
  import { print } from "${LIB}/cli/stdout.ts";
  await runMain(() => {
    using _saved = { [Symbol.dispose]: () => console.error("saved") };
    for (let i = 0; i < 100_000; i++) print(\`line \${i} ü\`);
  });
`;

/** Runs the program in a line of shell, which knows it as "$@". */
async function shell(line: string): Promise<{ stdout: string; stderr: string }> {
  const source = `data:text/typescript,${encodeURIComponent(PROGRAM)}`;
  const program = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--no-config", source];
  const { stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", line, "sh", ...program],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("print() writes every line", async () => {
  const { stdout, stderr } = await shell('"$@" | tail -n 1');
  assertEquals([stdout, stderr], ["line 99999 ü\n", "saved\n"]);
});

Deno.test("a program ends without a word when nobody reads what it prints", async () => {
  const { stdout, stderr } = await shell('{ "$@"; echo "status $?" >&2; } | head -n 1');
  assertEquals([stdout, stderr], ["line 0 ü\n", "saved\nstatus 141\n"]);
});

Deno.test({
  name: "a program says so when its output goes to a full disk",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { stderr } = await shell('"$@" >/dev/full; echo "status $?" >&2');
    assertMatch(
      stderr,
      /^saved\nerror: Cannot write standard output: the disk is full .*\nstatus 1\n$/,
    );
  },
});
