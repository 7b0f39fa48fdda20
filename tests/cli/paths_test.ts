/**
 * Tests of paths on command lines.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { callerOverrides } from "../../lib/cli/paths.ts";
import { configKeys } from "../../lib/config/config.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("callerOverrides() takes paths for the caller's", () => {
  const paths = {
    "data.source.path": "texts/a-*.txt",
    "data.source.validation-path": "../b.txt",
    "data.tokenizerFile": "vocab.txt",
    "data.dir": "mine",
  };
  assertEquals(callerOverrides(paths, configKeys(), "/home/me"), {
    "data.source.path": "/home/me/texts/a-*.txt",
    "data.source.validation-path": "/home/b.txt",
    "data.tokenizerFile": "/home/me/vocab.txt",
    "data.dir": "/home/me/mine",
  });
  // From the project's folder they stay short.
  const { "data.source.path": path } = callerOverrides(paths, configKeys(), Deno.cwd());
  assertEquals(path, "texts/a-*.txt");
});

Deno.test("callerOverrides() leaves what is no path of the caller's", async () => {
  await withFolder(async (folder) => {
    const unchanged = {
      "data.source.path": "https://example.org/a.txt",
      "data.source.validationPath": "null",
      "data.tokenizerFile": "/a/vocab.txt",
      "data.dir": "shards/mine",
      "evaluation.judge": "gpt2-large",
      "data.source.field": "a/b",
      "name": "mine",
    };
    assertEquals(callerOverrides(unchanged, configKeys(), folder), unchanged);
    await Deno.mkdir(`${folder}/shards/mine`, { recursive: true });
    await Deno.mkdir(`${folder}/judge`);
    const there = { "data.dir": "shards/mine", "evaluation.judge": "judge" };
    assertEquals(callerOverrides(there, configKeys(), folder), {
      "data.dir": `${folder}/shards/mine`,
      "evaluation.judge": `${folder}/judge`,
    });
  });
});
