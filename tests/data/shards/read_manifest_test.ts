/**
 * Tests of reading manifests of token shards: whatever they hold, either it is right or the message
 * names the field.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readManifest } from "../../../lib/data/shards/read_manifest.ts";
import { DataError } from "../../../lib/errors.ts";
import { withFolder } from "../../testing/folder.ts";
import { pathsOf, UNEXPECTED_VALUES, withValueAt } from "../../testing/json_damage.ts";
import { writeShards } from "../written_shards.ts";

Deno.test("readManifest() gives back what was written", async () => {
  await withFolder(async (folder) => {
    const manifest = await writeShards(folder);
    assertEquals(await readManifest(folder), manifest);
    const later = { ...manifest, author: "a", splits: { ...manifest.splits, test: null } };
    await Deno.writeTextFile(`${folder}/manifest.json`, JSON.stringify(later));
    assertEquals(await readManifest(folder), manifest, "keys of later versions are left out");
  });
});

Deno.test("readManifest() names the field that is wrong", async () => {
  await withFolder(async (folder) => {
    const manifest = await writeShards(folder);
    const [first] = manifest.splits.train.shards;
    const train = (shards: unknown, blocks = 7) => ({
      splits: { ...manifest.splits, train: { documents: 1, blocks, shards } },
    });
    const short = { ...first, blocks: 1, bytes: 10 };
    const corpus = (changed: unknown) => ({ corpus: { ...manifest.corpus, ...changed as object } });
    const cases: [string, object][] = [
      ['format: expected "flm-shards", found "other"', { format: "other" }],
      ["version is missing", { version: undefined }],
      ["has version 1, expected 2", { version: 1 }],
      ["configHash: expected text, found null", { configHash: null }],
      ["length: expected an integer from 3", { length: 2 }],
      ["length: expected an integer from 3", { length: { a: [1] } }],
      ['dtype: expected "uint16" or "uint32", found "int8"', { dtype: "int8" }],
      ["tokenizer.name is missing", { tokenizer: {} }],
      ["corpus.documents is missing", corpus({ documents: undefined })],
      ["corpus.bytes is missing", corpus({ bytes: undefined })],
      [
        'corpus.location["count"]: expected text, a number, true, false or null, found the list [1]',
        corpus({ location: { kind: "mine", count: [1] } }),
      ],
      ["corpus.location has the kind 1, expected text", corpus({ location: { kind: 1 } })],
      ["corpus.location has the kind nothing, expected text", corpus({ location: {} })],
      ["corpus.lengths[1]: expected an integer", corpus({ lengths: [1, "2"] })],
      [
        "corpus.lengths has 54 numbers, expected at most 53",
        corpus({ lengths: Array(54).fill(1) }),
      ],
      ["corpus.frequent has [1], expected pairs", corpus({ frequent: [[1]] })],
      ["corpus.frequent has [1000,1], expected pairs", corpus({ frequent: [[1000, 1]] })],
      ["splits.train.documents is missing", { splits: {} }],
      ["splits.train.documents: expected an integer of at least 0, found null", {
        splits: { ...manifest.splits, train: { ...manifest.splits.train, documents: null } },
      }],
      ["splits.train.shards: expected a list", train(null)],
      ["splits.train.shards[0].file is missing", train([null])],
      ["has 7 blocks, its shards 3", train([first])],
      [
        "splits.train.shards[0].file: expected the name of a file",
        train([{ ...first, file: "../x" }]),
      ],
      [
        "splits.train.shards[0].file: expected the name of a file",
        train([{ ...first, file: ".." }]),
      ],
      [
        "splits.train.shards[0].file: expected the name of a file",
        train([{ ...first, file: "a".repeat(256) }]),
      ],
      ["holds 2 blocks in 30 bytes", train([{ ...first, blocks: 2 }])],
      ["splits.train.shards[0].sha256: expected a SHA-256", train([{ ...first, sha256: "1" }])],
      ["follows a short one", train([first, short, first])],
      ["is too large", train([short, first], 4)],
    ];
    for (const [message, changed] of cases) {
      await Deno.writeTextFile(
        `${folder}/manifest.json`,
        JSON.stringify({ ...manifest, ...changed }),
      );
      const error = await assertRejects(() => readManifest(folder), DataError, message);
      assert(error.message.includes(`${folder}/manifest.json`), error.message);
      assert(
        error.message.endsWith("Make the shards again with deno task preprocess RECIPE."),
      );
    }
  });
});

Deno.test("readManifest() throws nothing but DataError, whatever stands in place of a value", async () => {
  await withFolder(async (folder) => {
    const manifest = await writeShards(folder);
    for (const path of pathsOf(manifest)) {
      for (const value of UNEXPECTED_VALUES) {
        const text = withValueAt(manifest, path, value);
        await Deno.writeTextFile(`${folder}/manifest.json`, text);
        const error = await readManifest(folder).then(() => null, (error) => error);
        assert(error === null || error instanceof DataError, `${path}: ${error}`);
        assert((error?.message.length ?? 0) < 500, error?.message);
      }
    }
  });
});

Deno.test("readManifest() says so when the file is no manifest", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/manifest.json`;
    for (const text of ["", "{", "null", "[]", "3", "<html>", "[".repeat(100_000)]) {
      await Deno.writeTextFile(path, text);
      await assertRejects(() => readManifest(folder), DataError, `Cannot read ${path}: `);
    }
    await Deno.truncate(path, 2 ** 34);
    await assertRejects(() => readManifest(folder), DataError, "it has 17179869184 bytes, at most");
    await Deno.remove(path);
    await assertRejects(() => readManifest(folder), DataError, "No token shards in");
    await Deno.mkdir(path);
    await assertRejects(
      () => readManifest(folder),
      DataError,
      `Cannot read ${path}: it is a folder`,
    );
  });
});
