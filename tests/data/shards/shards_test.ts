/**
 * Tests of token shards: writing, reading, and refusing what is damaged.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ShardWriter } from "../../../lib/data/shards/writer.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { DataError } from "../../../lib/errors.ts";
import { withFolder } from "../../testing/folder.ts";
import { block, LENGTH, writeShards } from "../written_shards.ts";

Deno.test("openShards() gives back every block in any order", async () => {
  for (const vocabSize of [1000, 65536, 65537, 100000]) {
    await withFolder(async (folder) => {
      const { splits } = await writeShards(folder, vocabSize);
      assertEquals(splits.train.shards.map((shard) => shard.blocks), [3, 3, 1]);
      using shards = await openShards(folder);
      assertEquals(shards.manifest.dtype, vocabSize <= 65536 ? "uint16" : "uint32");
      const train = shards.blocks("train");
      assertEquals([train.numBlocks, train.length], [7, LENGTH]);
      const target = new Uint32Array(LENGTH + 2);
      for (const index of [6, 0, 3, 2, 5, 1, 4]) {
        train.read(index, target, 1);
        assertEquals(target.subarray(1, -1), block(index, vocabSize), `block ${index}`);
      }
      assertEquals([target[0], target.at(-1)], [0, 0]);
      shards.blocks("validation").read(1, target, 0);
      assertEquals(target.subarray(0, LENGTH), block(1, vocabSize));
      assertThrows(() => train.read(7, target, 0), DataError, "No block 7 in the train split");
      await shards.verify();
    });
  }
});

Deno.test("ShardWriter stores ids little-endian", async () => {
  await withFolder(async (folder) => {
    const writer = new ShardWriter(folder, "train", { length: 3, vocabSize: 600 });
    writer.add(new Uint32Array([1, 0x0201, 599]));
    await writer.finish();
    const bytes = await Deno.readFile(`${folder}/train-00000.bin`);
    assertEquals([...bytes], [1, 0, 1, 2, 0x57, 2]);
  });
});

Deno.test("openShards() names a shard that is missing or of another size", async () => {
  await withFolder(async (folder) => {
    await writeShards(folder);
    const path = `${folder}/train-00001.bin`;
    const bytes = await Deno.readFile(path);
    await Deno.truncate(path, bytes.length - 1);
    const message = `${path} is truncated: 29 bytes, the manifest says 30`;
    await assertRejects(() => openShards(folder), DataError, message);
    await Deno.writeFile(path, new Uint8Array([...bytes, 0]));
    await assertRejects(() => openShards(folder), DataError, `${path} is altered: 31 bytes`);
    await Deno.remove(path);
    await assertRejects(() => openShards(folder), DataError, `${path} is missing`);
  });
});

Deno.test("ShardSet.verify() names a shard that was altered", async () => {
  await withFolder(async (folder) => {
    await writeShards(folder);
    const path = `${folder}/validation-00000.bin`;
    const bytes = await Deno.readFile(path);
    bytes[4]! ^= 1;
    await Deno.writeFile(path, bytes);
    using shards = await openShards(folder);
    await assertRejects(() => shards.verify(), DataError, `${path} is altered: its SHA-256`);
  });
});

Deno.test("ShardSet.verify() tells how far it is, and stops when it is told to", async () => {
  await withFolder(async (folder) => {
    await writeShards(folder);
    using shards = await openShards(folder);
    const seen: [number, number][] = [];
    await shards.verify({ onProgress: (...progress) => seen.push(progress) });
    assertEquals(seen, [[30, 90], [60, 90], [70, 90], [90, 90]]);
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => shards.verify({ signal }), Error, "enough");
  });
});

Deno.test({
  name: "ShardSet keeps few of many shards open",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await withFolder(async (folder) => {
      const numOpen = () => [...Deno.readDirSync("/proc/self/fd")].length;
      const before = numOpen();
      await writeShards(folder, 65536, 400);
      using shards = await openShards(folder);
      const train = shards.blocks("train");
      const target = new Uint32Array(LENGTH);
      for (let index = 0; index < train.numBlocks; index++) {
        train.read(index, target, 0);
        assertEquals(target, block(index, 65536));
      }
      await shards.verify();
      assert(numOpen() < before + 100, `${numOpen()} files are open`);
    });
  },
});

Deno.test("ShardSet refuses blocks with ids outside the vocabulary", async () => {
  await withFolder(async (folder) => {
    await writeShards(folder);
    const path = `${folder}/train-00000.bin`;
    const bytes = await Deno.readFile(path);
    bytes[1] = 0xff;
    await Deno.writeFile(path, bytes);
    using shards = await openShards(folder);
    const read = () => shards.blocks("train").read(0, new Uint32Array(LENGTH), 0);
    assertThrows(read, DataError, `${path} is altered: block 0 holds the id`);
  });
});

Deno.test("ShardSet names a shard that is cut while it is open", async () => {
  await withFolder(async (folder) => {
    await writeShards(folder);
    using shards = await openShards(folder);
    const path = `${folder}/train-00000.bin`;
    await Deno.truncate(path, 25);
    const read = () => shards.blocks("train").read(2, new Uint32Array(LENGTH), 0);
    assertThrows(read, DataError, `${path} is truncated: 25 bytes, the manifest says 30`);
  });
});

Deno.test("openShards() names both values when tokenizer or length differ", async () => {
  await withFolder(async (folder) => {
    await writeShards(folder);
    const fingerprint = "f".repeat(64);
    using _same = await openShards(folder, {
      tokenizer: { name: "text8", fingerprint },
      length: LENGTH,
    });
    const other = { name: "gpt2", fingerprint: "0".repeat(64) };
    const error = await assertRejects(() => openShards(folder, { tokenizer: other }), DataError);
    for (const part of [folder, "text8", "gpt2", "ffffffffffff", "000000000000"]) {
      assert(error.message.includes(part), `${part} in: ${error.message}`);
    }
    const changed = { name: "text8", fingerprint: "e".repeat(64) };
    await assertRejects(() => openShards(folder, { tokenizer: changed }), DataError, "eeee");
    const message = "hold blocks of 5 tokens, but data.length is 64";
    await assertRejects(() => openShards(folder, { length: 64 }), DataError, message);
  });
});

Deno.test("openShards() says what to do when there are no shards", async () => {
  await withFolder(async (folder) => {
    await assertRejects(
      () => openShards(folder),
      DataError,
      `No token shards in ${folder}: there is no manifest.json. Make them with deno task preprocess RECIPE`,
    );
  });
});
