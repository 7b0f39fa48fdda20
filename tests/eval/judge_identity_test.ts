/**
 * What judges are known by.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { judgeIdentity } from "../../lib/eval/judge_identity.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

const GOLDEN = new URL("../golden/", import.meta.url);

Deno.test("judgeIdentity() of a GPT-2 is its content, wherever it lies", () =>
  withFolder(async (folder) => {
    const [first, second] = [`${folder}/first`, `${folder}/second`];
    const { model } = JSON.parse(await Deno.readTextFile(new URL("gpt2_weights.json", GOLDEN)));
    for (const each of [first, second]) {
      await Deno.mkdir(each);
      await Deno.copyFile(new URL("gpt2_weights.safetensors", GOLDEN), `${each}/model.safetensors`);
      await Deno.writeTextFile(`${each}/config.json`, JSON.stringify(model));
    }
    const identity = (location: string) => judgeIdentity({ kind: "gpt2", location });
    const before = await identity(first);
    assertEquals(before.length, 64);
    assertEquals(await identity(second), before);

    // One bit of a weight, the size and the times left as they were.
    const path = `${second}/model.safetensors`;
    const { atime, mtime } = await Deno.stat(path);
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 2]! ^= 1;
    await Deno.writeFile(path, bytes);
    await Deno.utime(path, atime!, mtime!);
    assert(await identity(second) !== before);

    const other = { ...model, layer_norm_epsilon: 1e-3 };
    await Deno.writeTextFile(`${first}/config.json`, JSON.stringify(other));
    assert(await identity(first) !== before);
  }));

gpuTest(
  "judgeIdentity() of a run is that of its newest weights, and refuses models that write",
  (gpu) =>
    withFolder(async (run) => {
      const identity = () => judgeIdentity({ kind: "ar", location: run });
      await writeTinyCheckpoint(gpu, run, { kind: "ar" });
      const before = await identity();
      await writeTinyCheckpoint(gpu, run, { kind: "ar", seed: 10 });
      assert(await identity() !== before);
      await writeTinyCheckpoint(gpu, run, { kind: "ar" });
      assertEquals(await identity(), before);
      await writeTinyCheckpoint(gpu, run);
      await assertRejects(
        identity,
        CheckpointError,
        'it holds a model of kind "flm", which writes',
      );
    }),
);
