/**
 * Variables of the environment.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

Deno.test("environment() names a variable that is no text", async () => {
  const module = new URL("../../lib/system/environment.ts", import.meta.url);
  const program = `import { environment } from "${module}";
    try { environment("HF_TOKEN") } catch ({ name, message }) { console.log(name, message) }`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `HF_TOKEN=$(printf 'hf_\\377') exec "$0" eval "$1"`, Deno.execPath(), program],
  }).output();
  assertEquals(
    new TextDecoder().decode(stdout).trim(),
    "ConfigError HF_TOKEN of the environment is not UTF-8 text: set it again, or unset it.",
  );
});
