/**
 * Judges by name.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { locateJudge } from "../../lib/eval/open_judge.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("locateJudge() tells names on the hub, folders of GPT-2 and runs apart", async () => {
  for (const name of ["gpt2", "gpt2-large", "openai-community/gpt2-large", "https://a.b/gpt2"]) {
    assertEquals(await locateJudge(name), { kind: "gpt2", location: name });
  }
  await withFolder(async (folder) => {
    await assertRejects(() => locateJudge(folder), CheckpointError, `No judge in ${folder}`);
    await Deno.writeTextFile(`${folder}/pytorch_model.bin`, "");
    await assertRejects(() => locateJudge(folder), CheckpointError, "save them again as safetens");
    await Deno.writeTextFile(`${folder}/model.safetensors`, "");
    assertEquals(await locateJudge(folder), { kind: "gpt2", location: folder });
    await Deno.writeTextFile(`${folder}/state.json`, "{}");
    assertEquals(await locateJudge(folder), { kind: "ar", location: folder });
    await assertRejects(
      () => locateJudge(`${folder}/state.json`),
      CheckpointError,
      "it is a file, expected a folder",
    );
  });
});

Deno.test("locateJudge() refuses what cannot be a judge", async () => {
  for (const name of ["gpt3", "runs/none-ar", "./gpt2", "/none/gpt2", "a/b/c", "a b/c"]) {
    await assertRejects(() => locateJudge(name), CheckpointError, `There is no judge ${name}`);
  }
});
