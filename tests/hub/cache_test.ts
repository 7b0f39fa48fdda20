/**
 * Where downloaded models are kept, by the variables of a person's environment.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { LIB, readLines, startProgram } from "../testing/program.ts";

const { DENO_DIR = `${Deno.env.get("HOME")}/.cache/deno` } = Deno.env.toObject();

/** The folder, or the first words of the error, in a program that may write nowhere. */
async function cacheFolder(env: Record<string, string>): Promise<string> {
  const program = startProgram(
    `
    import { requireHubCache } from "${LIB}/hub/cache.ts";
    try {
      console.log(requireHubCache());
    } catch (error) {
      console.log(error.message.slice(0, 60));
    }
  `,
    // Deno keeps files of its own where these variables say, unless it is told.
    { DENO_DIR, ...env },
  );
  await program.stderr.cancel();
  return (await readLines(program.stdout)).join("\n");
}

Deno.test("requireHubCache() gives a folder below the first variable that is a whole path", async () => {
  const none = "There is no folder for downloads: set HOME or XDG_CACHE_HOME";
  const cases: [env: Record<string, string>, found: string][] = [
    [{ HOME: "/me" }, "/me/.cache/flm/hub"],
    [{ HOME: "/me", XDG_CACHE_HOME: "/kept here" }, "/kept here/flm/hub"],
    [{ HOME: "/me", XDG_CACHE_HOME: "" }, "/me/.cache/flm/hub"],
    [{ HOME: "/me", XDG_CACHE_HOME: "kept" }, "/me/.cache/flm/hub"],
    [{ HOME: "me" }, none],
    [{}, none],
    [{ HOME: "/a,b" }, "The folder for downloads, /a,b/.cache/flm/hub, has a comma i"],
  ];
  for (const [env, found] of cases) assertEquals(await cacheFolder(env), found);
});
