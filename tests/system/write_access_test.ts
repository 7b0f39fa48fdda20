/**
 * What programs advise where they may not write.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { lackOfWriteAccess } from "../../lib/system/write_access.ts";
import { deno, LIB, ROOT } from "../testing/program.ts";

const START = "the program has no write access there; ";

/** What a program with the permissions of a set of deno.json, or with these flags, advises. */
async function advice(permissions: string[], caller: string): Promise<string> {
  const program = `import { lackOfWriteAccess } from "${LIB}/system/write_access.ts";
    const caller = { launcher: undefined, folder: "${caller}" };
    console.log(lackOfWriteAccess("/there", undefined, caller));`;
  const url = `data:text/typescript,${encodeURIComponent(program)}`;
  const run = ["run", "--quiet", "--no-prompt", "--config", `${ROOT}deno.json`];
  const { stdout, stderr } = await deno([...run, ...permissions, url]);
  assertEquals(stderr, "");
  return stdout.trimEnd().replace(START, "");
}

Deno.test("lackOfWriteAccess() names the places where a task may write", async () => {
  for (
    const [set, places] of [
      ["preprocess", "shards"],
      ["train", "runs"],
      ["measure", "runs"],
      ["import", "runs"],
      ["reproduce", "runs or shards"],
    ] as const
  ) {
    assertEquals(await advice([`-P=${set}`], ROOT), `choose a path in ${places}`, set);
  }
  // Paths are those of the person's folder, which is another.
  assertEquals(await advice(["-P=train"], `${ROOT}tests`), `choose a path in ${ROOT}runs`);
  assertEquals(
    await advice(["-P=sample", "--allow-write=runs,tests"], `${ROOT}tests`),
    `choose a path in the folder that you call it from or ${ROOT}runs`,
  );
});

Deno.test("lackOfWriteAccess() names the permission where there is no other way, or no task", async () => {
  assertEquals(await advice(["-P=look"], ROOT), "give it by --allow-write=/there to deno run");
  assertEquals(
    lackOfWriteAccess("/there", "copy it into", { launcher: undefined, folder: undefined }),
    `${START}give it by --allow-write=/there to deno run, or copy it into runs or shards`,
  );
});
