/**
 * Tests of what a preprocessing that was cut off leaves behind, whole, damaged or in part.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { preprocess } from "../../../lib/data/preprocess/preprocess.ts";
import type {
  PreprocessOptions,
  PreprocessProgress,
} from "../../../lib/data/preprocess/options.ts";
import { DataError } from "../../../lib/errors.ts";
import { Text8Tokenizer } from "../../../lib/text/text8.ts";
import { withFolder } from "../../testing/folder.ts";
import { withValueAt } from "../../testing/json_damage.ts";
import { memoryCorpus } from "../memory_corpus.ts";

const tokenizer = await Text8Tokenizer.create();
/** Each is a batch of its own. */
const CORPUS = memoryCorpus(Array.from({ length: 6 }, (_, i) => `${"whale ".repeat(50_000)}${i}`));
const SHAPE = { length: 33, maxShardBytes: 200_000, validationFraction: 0.2, saveEvery: 1 };

/** Makes shards until some batches are done, and gives the folder that is left. */
async function interrupt(options: PreprocessOptions, batches = 3): Promise<string> {
  const stop = new AbortController();
  let done = 0;
  await assertRejects(() =>
    preprocess(CORPUS, tokenizer, {
      ...options,
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase === "write" && ++done === batches) stop.abort();
      },
    })
  );
  return `${options.dir}.partial`;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

async function flipBit(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[1000]! ^= 1;
  await Deno.writeFile(path, bytes);
}

Deno.test("preprocess() says which folder to remove when a shard of it is lost", async () => {
  const damages: [(shard: string) => Promise<void>, string][] = [
    [(shard) => Deno.remove(shard), "train-00001.bin is missing, expected 199980 bytes"],
    [(shard) => Deno.truncate(shard, 5), "train-00001.bin has 5 bytes, expected 199980 bytes"],
    [flipBit, "train-00001.bin has other content than was written to it"],
  ];
  for (const [damage, reason] of damages) {
    await withFolder(async (folder) => {
      const options = { ...SHAPE, dir: `${folder}/shards` };
      const partial = await interrupt(options);
      await damage(`${partial}/train-00001.bin`);
      const before = await namesIn(partial);
      const message = `Cannot go on in ${partial}: ${reason}. Remove the folder ${partial} to ` +
        `begin anew.`;
      await assertRejects(() => preprocess(CORPUS, tokenizer, options), DataError, message);
      assertEquals(await namesIn(partial), before, "what is left is left");
      await Deno.remove(partial, { recursive: true });
      await preprocess(CORPUS, tokenizer, options);
    });
  }
});

Deno.test("preprocess() names the field of progress.json that is wrong", async () => {
  await withFolder(async (folder) => {
    const options = { ...SHAPE, dir: `${folder}/shards` };
    const path = `${await interrupt(options)}/progress.json`;
    const state = JSON.parse(await Deno.readTextFile(path));
    const cases: [string, (string | number)[], string][] = [
      ["it is not JSON", [], "{"],
      ["configHash is missing", ["configHash"], ""],
      ["statistics.lengths is missing", ["statistics", "lengths"], ""],
      ["statistics.counts has 1 numbers, expected 30", ["statistics", "counts"], "[1]"],
      ["cursor.part is 9, but train has", ["cursor", "part"], "9"],
      ["packer.tokens has the id 99", ["packer", "tokens"], "[99]"],
      ["packer.tokens has 33 ids", ["packer", "tokens"], JSON.stringify(Array(33).fill(4))],
      ["train-00001.bin is not the shard that belongs there", [
        ...["writers", "train", "shards", 0, "file"],
      ], '"train-00001.bin"'],
      ["cannot have had 7 bytes", ["writers", "train", "openBytes"], "7"],
    ];
    for (const [message, at, text] of cases) {
      await Deno.writeTextFile(path, withValueAt(state, at, text));
      const error = await assertRejects(
        () => preprocess(CORPUS, tokenizer, options),
        DataError,
        message,
      );
      assert(error.message.endsWith(`Remove the folder ${folder}/shards.partial to begin anew.`));
    }
  });
});

Deno.test("preprocess() leaves nothing where nothing was done", async () => {
  await withFolder(async (folder) => {
    const options = { ...SHAPE, dir: `${folder}/shards` };
    for (const documents of [[], ["!?"], ["too short"]]) {
      await assertRejects(() => preprocess(memoryCorpus(documents), tokenizer, options), DataError);
      assertEquals(await namesIn(folder), []);
      const deep = { ...options, dir: `${folder}/new/deep/shards` };
      await assertRejects(() => preprocess(memoryCorpus(documents), tokenizer, deep), DataError);
      assertEquals(await namesIn(folder), [], "nor folders above");
    }
    const stop = new AbortController();
    const onProgress = ({ phase }: PreprocessProgress) => {
      if (phase === "count") stop.abort();
    };
    const counting = { ...options, signal: stop.signal, onProgress };
    await assertRejects(() => preprocess(CORPUS, tokenizer, counting), DOMException);
    assertEquals(await namesIn(folder), [], "no later call could go on from it");
  });
});

Deno.test("preprocess() saves what it has when it is stopped", async () => {
  await withFolder(async (folder) => {
    const options = { ...SHAPE, dir: `${folder}/shards`, saveEvery: 100 };
    await preprocess(CORPUS, tokenizer, { ...options, dir: `${folder}/whole` });
    await interrupt(options, 4);
    const { resumedAt } = await preprocess(CORPUS, tokenizer, options);
    assert(resumedAt > 0, `${resumedAt}`);
    for (const name of await namesIn(`${folder}/whole`)) {
      const [whole, resumed] = [`${folder}/whole/${name}`, `${options.dir}/${name}`];
      assertEquals(await Deno.readFile(resumed), await Deno.readFile(whole), name);
    }
  });
});

Deno.test("preprocess() removes what a killed process left, when the shards are whole", async () => {
  await withFolder(async (folder) => {
    const options = { ...SHAPE, dir: `${folder}/shards` };
    await preprocess(CORPUS, tokenizer, options);
    const partial = `${options.dir}.partial`;
    await Deno.mkdir(partial);
    await Deno.writeTextFile(`${partial}/lock`, "");
    await Deno.writeTextFile(`${partial}/train-00000.bin`, "x");
    assert((await preprocess(CORPUS, tokenizer, options)).skipped);
    assertEquals(await namesIn(folder), ["shards"]);

    await Deno.mkdir(partial);
    assert((await preprocess(CORPUS, tokenizer, options)).skipped);
    assertEquals(await namesIn(folder), ["shards"], "it was killed before its last step");

    await Deno.mkdir(partial);
    await Deno.writeTextFile(`${partial}/thesis.txt`, "years of work");
    assert((await preprocess(CORPUS, tokenizer, options)).skipped);
    await preprocess(CORPUS, tokenizer, { ...options, length: 35 });
    assertEquals(await namesIn(partial), ["thesis.txt"]);
  });
});

Deno.test("preprocess() removes the shards that were replaced, if it was killed before it did", async () => {
  await withFolder(async (folder) => {
    const options = { ...SHAPE, dir: `${folder}/shards` };
    await preprocess(CORPUS, tokenizer, options);
    for (const left of [".shards.0123456789ab.old", ".shards.0123456789ab.tmp"]) {
      await Deno.mkdir(`${folder}/${left}`);
      await Deno.writeTextFile(`${folder}/${left}/train-00000.bin`, "x");
    }
    assert((await preprocess(CORPUS, tokenizer, options)).skipped);
    assertEquals(await namesIn(folder), ["shards"]);
  });
});
