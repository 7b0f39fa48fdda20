/**
 * Shards that are being read.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import type { DataConfig } from "../../../lib/config/config.ts";
import { readManifest } from "../../../lib/data/shards/read_manifest.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { holdShards, requireUnread } from "../../../lib/data/shards/in_use.ts";
import { DataError } from "../../../lib/errors.ts";
import { withFolder } from "../../testing/folder.ts";
import { makeShards, withTinyRun } from "../../testing/tiny_run.ts";

Deno.test("preprocess() does not replace shards as long as somebody reads them", () =>
  withTinyRun(1, async (config) => {
    const { dir } = config.data;
    const padded: DataConfig = { ...config.data, packing: "padded" };
    const before = await readManifest(dir);
    {
      using first = await openShards(dir);
      using _second = await openShards(dir);
      // It finds nothing to do, or refuses before it reads the corpus.
      await makeShards(config);
      await assertRejects(
        () => makeShards({ ...config, data: padded }),
        DataError,
        `Will not replace the shards in ${dir}: another process is reading them`,
      );
      await first.verify();
    }
    assertEquals(await readManifest(dir), before);
    await makeShards({ ...config, data: padded });
    assertEquals((await readManifest(dir)).packing, "padded");
  }));

Deno.test("holdShards() is content where there is nothing to hold", () =>
  withFolder(async (folder) => {
    assertEquals(await holdShards(`${folder}/none`), null);
    await requireUnread(`${folder}/none`);
    const held = await holdShards(folder);
    await assertRejects(() => requireUnread(folder), DataError);
    held?.close();
    await requireUnread(folder);
  }));
