/**
 * Disks that are full, or may only be read, from any moment on: work ends with an error that says
 * so, leaves what was there, and goes on with the same bits when there is room.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { importModel } from "../../lib/checkpoint/models/import_model.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import { preprocess } from "../../lib/data/preprocess/preprocess.ts";
import { FlmError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import type { Config } from "../../lib/config/config.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { exists } from "../../lib/system/exists.ts";
import { Text8Tokenizer } from "../../lib/text/text8.ts";
import { memoryCorpus } from "../data/memory_corpus.ts";
import { interceptChanges } from "../testing/file_changes.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { ROOT } from "../testing/program.ts";
import { withTinyRun } from "../testing/tiny_run.ts";
import { drawsOf, repeatBy, someOf } from "./draws.ts";
import { restoreImage, takeImage } from "./images.ts";
import { outcomeOf } from "./workloads.ts";

/** What takes room on a disk. */
const TAKES_ROOM = /^(copyFile|make.*|mkdir|open|symlink|sync|write.*)$/;

/** What only a killed process may leave behind. */
const LEFT = /(^|\/)(lock|\.[^/]*)$/;

/** Lets the disk be full from a change on; all changes are counted. */
function fullFrom(change: number): Disposable & { readonly changes: number } {
  let changes = 0;
  const intercepted = interceptChanges(({ operation }) => {
    if (changes++ < change || !TAKES_ROOM.test(operation)) return;
    throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
  });
  return {
    get changes() {
      return changes;
    },
    [Symbol.dispose]: () => intercepted[Symbol.dispose](),
  };
}

/** Lets the disk be full at some moments of work, or all, and has it go on when there is room. */
async function assertSurvivesFullDisk(
  name: string,
  folder: string,
  run: () => Promise<unknown>,
  count: number,
): Promise<void> {
  const start = takeImage(folder);
  let changes: number;
  {
    using disk = fullFrom(Infinity);
    await run();
    changes = disk.changes;
  }
  const whole = await outcomeOf(folder);
  for (const change of someOf(changes, count, drawsOf(`${name} on a full disk`))) {
    await restoreImage(folder, start);
    const message = repeatBy(`${name}, with a full disk from change ${change} on`);
    let error: unknown = null;
    {
      using _disk = fullFrom(change);
      error = await run().then(() => null, (error) => error);
    }
    if (error !== null) {
      assert(error instanceof FlmError, `${message}: ${Deno.inspect(error)}`);
      assertMatch(error.message, /^Cannot write .*: the disk is full/, message);
      const left = [...takeImage(folder).keys()].filter((path) => LEFT.test(path));
      assertEquals(left, [], message);
      await run();
    }
    assertEquals(await outcomeOf(folder), whole, message);
  }
}

function trainIn(gpu: Gpu, config: Config, run: string): () => Promise<unknown> {
  return async () => {
    const resume = (await listCheckpoints(run)).length > 0;
    return await trainRun({ gpu, config, run, resume });
  };
}

gpuTest(
  "trainRun() goes on with the same bits when its disk was full",
  (gpu) =>
    withTinyRun(4, async (tiny, folder) => {
      const train = { ...tiny.train, evalEvery: 0, checkpointEvery: 2, keepCheckpoints: 1 };
      await Deno.mkdir(folder);
      const run = trainIn(gpu, { ...tiny, train }, `${folder}/run`);
      await assertSurvivesFullDisk("a training", folder, run, 4);
    }),
);

Deno.test("preprocess() goes on with the same bytes when its disk was full", () =>
  withFolder(async (folder) => {
    const corpus = memoryCorpus([0, 1, 2].map((i) => `${"whale ".repeat(50_000)}${i}`));
    const tokenizer = await Text8Tokenizer.create();
    const run = () =>
      preprocess(corpus, tokenizer, {
        ...{ dir: `${folder}/shards`, length: 33, maxShardBytes: 400_000 },
        ...{ validationFraction: 0.2, saveEvery: 1 },
      });
    await assertSurvivesFullDisk("a preprocessing", folder, run, 6);
  }));

Deno.test("importModel() makes nothing when its disk is full", () =>
  withFolder(async (folder) => {
    const run = async () => {
      if (await exists(`${folder}/taken`)) return;
      const source = `${ROOT}tests/golden/ckpt/tiny_flm_llw.ckpt`;
      const model = await openModel(source, { tokenizer: "ids", logitCap: null });
      await importModel(model, { weights: "ema", run: `${folder}/taken` });
    };
    await assertSurvivesFullDisk("an import", folder, run, 4);
  }));

/** Whether a disk of its own can be mounted in a folder, as root may. */
const MAY_MOUNT = Deno.build.os === "linux" && await withFolder(async (folder) => {
  const mounted = await mount("-t", "tmpfs", "none", folder);
  if (mounted) await new Deno.Command("umount", { args: [folder] }).output();
  return mounted;
});

async function mount(...args: string[]): Promise<boolean> {
  const command = new Deno.Command("mount", { args, stdout: "null", stderr: "null" });
  return await command.output().then(({ success }) => success, () => false);
}

Deno.test({
  name: "trainRun() goes on with the same bits when a disk was full, and then could only be read",
  ignore: !MAY_MOUNT,
  fn: () =>
    withTinyRun(4, async (tiny, folder) => {
      using gpu = await Gpu.open();
      const train = { ...tiny.train, evalEvery: 0, checkpointEvery: 2 };
      const config = { ...tiny, train };
      await trainIn(gpu, config, `${folder}/whole`)();
      const disk = `${folder}/disk`;
      await Deno.mkdir(disk);
      assert(await mount("-t", "tmpfs", "-o", "size=500k", "none", disk));
      try {
        const run = trainIn(gpu, config, `${disk}/run`);
        // Its first checkpoint has room, its second has none.
        await assertRejects(run, FlmError, "checkpoints/0000004/");
        assertEquals(await listCheckpoints(`${disk}/run`), [2]);
        assert(await mount("-o", "remount,ro", disk));
        await assertRejects(run, FlmError, "its disk may only be read");
        assert(await mount("-o", "remount,rw,size=8m", disk));
        await run();
        assertEquals(await outcomeOf(`${disk}/run`), await outcomeOf(`${folder}/whole`));
      } finally {
        await new Deno.Command("umount", { args: [disk] }).output();
      }
    }),
});
