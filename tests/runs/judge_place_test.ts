/**
 * What the name of a judge means.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Config } from "../../lib/config/config.ts";
import { isOwnJudge, judgeFolder, withOwnJudge } from "../../tasks/runs/judge_place.ts";
import { withFolder } from "../testing/folder.ts";
import { tinyConfig } from "../testing/tiny_run.ts";

Deno.test("judgeFolder() takes folders that there are, names of runs, and nothing else", () =>
  withFolder(async (folder) => {
    assertEquals(await judgeFolder(folder), folder);
    assertEquals(await judgeFolder("gpt2-large", folder), folder);
    for (const name of [`${folder}/none`, "gpt2-large", "owner/gpt2", "https://host/gpt2"]) {
      assertEquals(await judgeFolder(name), null);
    }
    const name = `test-${crypto.randomUUID().slice(0, 8)}`;
    await Deno.mkdir(`runs/${name}`, { recursive: true });
    try {
      assertEquals(await judgeFolder(name), `runs/${name}`);
      assertEquals(await judgeFolder(`runs/${name}/`), `runs/${name}`);
    } finally {
      await Deno.remove(`runs/${name}`);
    }
  }));

Deno.test("withOwnJudge() calls the recipe's own model the same, however it is named", () => {
  const own = (evalJudge: string | null, ofStudent: string | null): Config => {
    const train = { numSteps: 1, batchSize: 4, evalSamples: 2, evalJudge };
    const distill = { train: { evalJudge: ofStudent } };
    return withOwnJudge(tinyConfig("folder", 1, { train, distill }));
  };
  for (const name of ["ar", "tiny-ar", "runs/tiny-ar", "./runs/tiny-ar/"]) {
    assertEquals(isOwnJudge({ name: "tiny" }, name), true);
    const { train, distill, secondStage } = own(name, name);
    assertEquals([train.evalJudge, distill.train.evalJudge], ["ar", "ar"]);
    assertEquals(secondStage.train.evalJudge, null);
  }
  for (const name of ["other-ar", "gpt2", "runs/tiny"]) {
    assertEquals(isOwnJudge({ name: "tiny" }, name), false);
    assertEquals(own(name, null).train.evalJudge, name);
  }
  const { train, distill } = own(null, null);
  assertEquals([train.evalJudge, distill.train.evalJudge], [null, null]);
});
