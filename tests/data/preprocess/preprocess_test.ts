/**
 * Tests of preprocessing: from documents to a folder of shards.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { BlockSource } from "../../../lib/data/shards/blocks.ts";
import type { Corpus } from "../../../lib/data/corpus.ts";
import type { SplitName } from "../../../lib/data/shards/manifest.ts";
import { preprocess } from "../../../lib/data/preprocess/preprocess.ts";
import type {
  PreprocessOptions,
  PreprocessProgress,
} from "../../../lib/data/preprocess/options.ts";
import { PartialFolder } from "../../../lib/data/preprocess/partial_folder.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { DataError, FlmError } from "../../../lib/errors.ts";
import { exists } from "../../../lib/system/exists.ts";
import { Text8Tokenizer } from "../../../lib/text/text8.ts";
import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";
import { withFolder } from "../../testing/folder.ts";
import { withFiles } from "../../testing/tokenizer_files.ts";
import { ranksInOneProcess } from "../../testing/two_ranks.ts";
import { memoryCorpus } from "../memory_corpus.ts";

const tokenizer = await Text8Tokenizer.create();
const DOCUMENTS = ["The whale.", "Call me Ishmael!", "***", " ", "A white sea", "Some years ago"];

/** Runs a test with options whose `dir` does not exist yet. */
async function withOptions(
  test: (options: PreprocessOptions) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await test({ dir: `${folder}/shards/test`, length: 7, validationFraction: 0.2 });
  });
}

/** The blocks of a split as text, EOS as a full stop and BOS as a bar. */
function textsOf(blocks: BlockSource): string[] {
  return Array.from({ length: blocks.numBlocks }, (_, index) => {
    const ids = new Uint32Array(blocks.length);
    blocks.read(index, ids, 0);
    const show = (id: number) => id === 0 ? "|" : id === 1 ? "." : tokenizer.decode([id]);
    return Array.from(ids, show).join("");
  });
}

/** The content of every file of a folder, by name. */
async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for await (const { name } of Deno.readDir(folder)) {
    files[name] = await Deno.readFile(`${folder}/${name}`);
  }
  return files;
}

Deno.test("preprocess() keeps where a corpus comes from, or refuses it before it writes", async () => {
  await withOptions(async (options) => {
    // A source of one's own has keys that no type here knows.
    const corpusAt = (keys: object): Corpus => {
      const corpus = memoryCorpus(DOCUMENTS);
      return { ...corpus, location: { ...corpus.location, ...keys } };
    };
    const list = corpusAt({ parts: [1, 2] });
    await assertRejects(
      () => preprocess(list, tokenizer, options),
      DataError,
      `location.parts of the corpus ${list.name}: expected text, a number, true, false or null, ` +
        "found the list [1,2]",
    );
    assertEquals(await exists(options.dir), false);
    const { location } = corpusAt({ count: 3000, isSorted: true, split: null });
    await preprocess({ ...list, location }, tokenizer, options);
    using shards = await openShards(options.dir);
    assertEquals(shards.manifest.corpus.location, location);
  });
});

Deno.test("preprocess() packs documents and keeps the last ones for validation", async () => {
  await withOptions(async (options) => {
    const { manifest, skipped } = await preprocess(memoryCorpus(DOCUMENTS), tokenizer, options);
    assertEquals(skipped, false);
    using shards = await openShards(options.dir, { tokenizer, length: 7 });
    assertEquals(shards.manifest, manifest);
    await shards.verify();
    assertEquals(textsOf(shards.blocks("train")), [
      "|the w.",
      "|hale..",
      "|call .",
      "|me is.",
      "|hmael.",
      "|.a wh.",
      "|ite s.",
    ]);
    assertEquals(textsOf(shards.blocks("validation")), ["|some .", "|years.", "| ago.."]);
    const { train, validation } = manifest.splits;
    assertEquals([train.documents, train.blocks], [3, 7]);
    assertEquals([validation.documents, validation.blocks], [1, 3]);
    const text = "the whale.call me ishmael.a white sea.some years ago.";
    assertEquals([manifest.corpus.documents, manifest.corpus.tokens], [4, text.length]);
    let entropy = 0;
    for (const character of new Set(text)) {
      const p = [...text].filter((c) => c === character).length / text.length;
      entropy -= p * Math.log(p);
    }
    assertAlmostEquals(manifest.corpus.unigramEntropy, entropy, 1e-12);
  });
});

Deno.test("preprocess() gives the same bytes however the text arrives", async () => {
  const documents = [...DOCUMENTS, "Élan 42 𝄞 ".repeat(9), "last one"];
  const identity = () => Promise.resolve("same");
  let first: Record<string, Uint8Array> | null = null;
  for (const pieceSize of [Infinity, Infinity, 1, 2, 5]) {
    await withOptions(async (options) => {
      const corpus = { ...memoryCorpus(documents, { pieceSize }), identity };
      await preprocess(corpus, tokenizer, { ...options, maxShardBytes: 50 });
      const files = await filesOf(options.dir);
      // The size in bytes counts halves of surrogate pairs alike.
      first ??= files;
      assertEquals(Object.keys(files).sort(), Object.keys(first).sort());
      for (const [name, bytes] of Object.entries(files)) assertEquals(bytes, first[name], name);
    });
  }
  assert(Object.keys(first!).includes("train-00002.bin"));
});

Deno.test("preprocess() keeps the last blocks of a lone document for validation", async () => {
  const text = "abcdefghijklmnopqrstuvwxyz".repeat(3);
  await withOptions(async (options) => {
    const { manifest } = await preprocess(
      memoryCorpus([text], { pieceSize: 10 }),
      tokenizer,
      options,
    );
    using shards = await openShards(options.dir);
    const all = [shards.blocks("train"), shards.blocks("validation")].map(textsOf);
    // 79 tokens fill 15 blocks of five; a fifth of them are three.
    assertEquals(all.map((blocks) => blocks.length), [12, 3]);
    const packed = all.flat().map((block) => block.slice(1, -1)).join("");
    assertEquals(packed, text.slice(0, 75));
    assertEquals(manifest.corpus.documents, 1);
  });
});

Deno.test("preprocess() keeps at least one document on each side", async () => {
  const documents = ["a".repeat(20), "b".repeat(20), "c".repeat(20)];
  for (const [validationFraction, expected] of [[0, 1], [0.01, 1], [0.6, 2], [0.99, 2]] as const) {
    await withOptions(async (options) => {
      const corpus = memoryCorpus(documents);
      const { manifest } = await preprocess(corpus, tokenizer, { ...options, validationFraction });
      assertEquals(manifest.splits.validation.documents, expected, `${validationFraction}`);
      assertEquals(manifest.splits.train.documents, 3 - expected);
    });
  }
});

Deno.test("preprocess() drops remainders when packing as the reference", async () => {
  const documents = Array.from({ length: 2002 }, () => "ab");
  const blocksOf = async (packing: "stream" | "reference") => {
    let blocks = 0;
    await withOptions(async (options) => {
      const shape = { ...options, length: 9, validationFraction: 0, packing };
      const corpus = memoryCorpus([...documents, "long enough"]);
      blocks = (await preprocess(corpus, tokenizer, shape)).manifest.splits.train.blocks;
    });
    return blocks;
  };
  // Three tokens a document, seven a block.
  assertEquals(await blocksOf("stream"), Math.floor(6006 / 7));
  assertEquals(await blocksOf("reference"), 2 * Math.floor(3000 / 7));
});

Deno.test("preprocess() keeps shards that are intact and from the same inputs", async () => {
  await withOptions(async (options) => {
    const corpus = memoryCorpus(DOCUMENTS);
    const { manifest } = await preprocess(corpus, tokenizer, options);
    const unread = {
      ...corpus,
      parts: () => {
        throw new Error("read again");
      },
    };
    const again = await preprocess(unread, tokenizer, options);
    assertEquals([again.manifest, again.skipped], [manifest, true]);

    const changes: Partial<PreprocessOptions>[] = [
      { length: 6 },
      { packing: "reference" },
      { validationFraction: 0.4 },
      { validationDocuments: 2 },
    ];
    for (const change of changes) {
      const result = await preprocess(corpus, tokenizer, { ...options, ...change });
      assertEquals(result.skipped, false, JSON.stringify(change));
    }
    const other = await preprocess(memoryCorpus([...DOCUMENTS, "more"]), tokenizer, options);
    assertEquals(other.skipped, false);
  });
});

Deno.test("preprocess() makes damaged shards again", async () => {
  await withOptions(async (options) => {
    const corpus = memoryCorpus(DOCUMENTS);
    await preprocess(corpus, tokenizer, options);
    const intact = await filesOf(options.dir);
    const damages: ((path: string) => Promise<void>)[] = [
      (path) => Deno.truncate(path, 3),
      (path) => Deno.writeFile(path, intact["train-00000.bin"]!.map((byte) => byte ^ 1)),
      (path) => Deno.remove(path),
    ];
    for (const damage of damages) {
      await damage(`${options.dir}/train-00000.bin`);
      assertEquals((await preprocess(corpus, tokenizer, options)).skipped, false);
      assertEquals(await filesOf(options.dir), intact);
    }
  });
});

Deno.test("preprocess() reports how far it is", async () => {
  await withOptions(async (options) => {
    const seen: PreprocessProgress[] = [];
    const onProgress = (progress: PreprocessProgress) => void seen.push(progress);
    const { manifest } = await preprocess(memoryCorpus(["née", "€ and 𝄞", "last one"]), tokenizer, {
      ...options,
      onProgress,
    });
    assertEquals(manifest.corpus.bytes, 4 + 12 + 8);
    const size = { documents: 3, bytes: 24 };
    assertEquals(seen, [
      { phase: "count", ...size, totalDocuments: null, totalBytes: null },
      // The second part begins with the second document; the last document is for validation.
      { phase: "write", documents: 1, bytes: 4, totalDocuments: 3, totalBytes: 24 },
      { phase: "write", documents: 2, bytes: 16, totalDocuments: 3, totalBytes: 24 },
      { phase: "write", ...size, totalDocuments: 3, totalBytes: 24 },
    ]);
  });
});

Deno.test("preprocess() says what is too short", async () => {
  const cases: [string[], string][] = [
    [[], "The corpus test corpus is empty"],
    [["abc"], "shorter than one block: it has 4 tokens, and a block of length 7 takes 5"],
    [["abcdef"], "fill one block of 7, and validation needs another"],
    [["!?"], "shorter than one block: it has 0 tokens"],
    [["!?"], "Documents without tokens, blank or of nothing that text8 knows: 1."],
    [["a", "b"], "shorter than one block: it has 4 tokens"],
    [["a", "b".repeat(20)], "The training split of test corpus (1 of 2 documents, 2 tokens) is"],
    [["b".repeat(20), "a"], "The validation split of test corpus (1 of 2 documents, 2 tokens) is"],
  ];
  for (const [documents, message] of cases) {
    await withOptions(async (options) => {
      const run = () => preprocess(memoryCorpus(documents), tokenizer, options);
      await assertRejects(run, DataError, message);
      await assertRejects(() => Deno.stat(options.dir), Deno.errors.NotFound);
    });
  }
});

Deno.test("preprocess() keeps the old shards when it fails", async () => {
  await withOptions(async (options) => {
    await preprocess(memoryCorpus(DOCUMENTS), tokenizer, options);
    const before = await filesOf(options.dir);
    for (const documents of [[], ["b".repeat(20), "a"]]) {
      const run = () => preprocess(memoryCorpus(documents), tokenizer, options);
      await assertRejects(run, DataError);
      assertEquals(await filesOf(options.dir), before);
    }
  });
});

Deno.test("preprocess() does not replace a folder of other files", async () => {
  await withOptions(async (options) => {
    await Deno.mkdir(options.dir, { recursive: true });
    await Deno.writeTextFile(`${options.dir}/thesis.txt`, "years of work");
    const run = () => preprocess(memoryCorpus(DOCUMENTS), tokenizer, options);
    await assertRejects(run, DataError, `Will not replace ${options.dir}`);
    assertEquals(Object.keys(await filesOf(options.dir)), ["thesis.txt"]);
  });
});

Deno.test("preprocess() replaces nothing but shards", async () => {
  await withOptions(async (options) => {
    const corpus = memoryCorpus(DOCUMENTS);
    await preprocess(corpus, tokenizer, options);
    const other = { ...options, length: 8 };

    await Deno.writeTextFile(`${options.dir}/notes.txt`, "of worth");
    assert((await preprocess(corpus, tokenizer, options)).skipped, "kept shards may have company");
    const message = `Will not replace ${options.dir}: it holds notes.txt, which is no part of`;
    await assertRejects(() => preprocess(corpus, tokenizer, other), DataError, message);
    assertEquals(await Deno.readTextFile(`${options.dir}/notes.txt`), "of worth");
    await Deno.remove(`${options.dir}/notes.txt`);

    await Deno.writeTextFile(`${options.dir}/.DS_Store`, "of the system");
    assertEquals((await preprocess(corpus, tokenizer, other)).skipped, false);
    assertEquals("notes.txt" in await filesOf(options.dir), false);

    // The manifest of something else.
    const dir = `${options.dir}-extension`;
    await Deno.mkdir(dir);
    await Deno.writeTextFile(`${dir}/manifest.json`, '{"manifest_version": 3}');
    const run = () => preprocess(corpus, tokenizer, { ...options, dir });
    await assertRejects(run, DataError, `Will not replace ${dir}: it holds files, but not both`);
    assertEquals(Object.keys(await filesOf(dir)), ["manifest.json"]);
  });
});

Deno.test("preprocess() says so when it cannot write", async () => {
  await withOptions(async (options) => {
    const folder = options.dir.replace("/shards/test", "");
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const dir of [`${folder}/file/test`, `${folder}/file/deep/test`]) {
      const run = () => preprocess(memoryCorpus(DOCUMENTS), tokenizer, { ...options, dir });
      await assertRejects(run, FlmError, dir);
    }
  });
});

Deno.test("preprocess() says so before the work when the name of its folder is too long", async () => {
  await withOptions(async (options) => {
    // The system takes names of 255 bytes; those of folders under construction are longer.
    for (const length of [240, 250, 300]) {
      const dir = `${options.dir}-${"x".repeat(length - 5)}`;
      const onProgress = () => assert(false, "the work has begun");
      const run = () =>
        preprocess(memoryCorpus(DOCUMENTS), tokenizer, { ...options, dir, onProgress });
      await assertRejects(run, FlmError, "its name is too long for this file system");
    }
  });
});

Deno.test("preprocess() names an option that is impossible, and makes nothing", async () => {
  const cases: [object, string][] = [
    ...[-0.1, 1, NaN, undefined].map((validationFraction): [object, string] => [
      { validationFraction },
      "validationFraction: expected a number of at least 0 and less than 1, found",
    ]),
    [{ packing: "strem" }, 'packing: expected "stream" or "reference" or "unwrapped" or "padded"'],
    [{ validationDocuments: 0 }, "validationDocuments: expected an integer of at least 1, or null"],
    [{ maxShardBytes: NaN }, "maxShardBytes: expected an integer of at least 1, found NaN"],
    [{ numWorkers: -1 }, "numWorkers: expected an integer of at least 0, found -1"],
    [{ saveEvery: 0 }, "saveEvery: expected an integer of at least 1, found 0"],
    [{ dir: "" }, "Expected the folder of shards, data.dir, as text, a path, found"],
  ];
  for (const [wrong, message] of cases) {
    await withOptions(async (options) => {
      const run = () => preprocess(memoryCorpus(DOCUMENTS), tokenizer, { ...options, ...wrong });
      await assertRejects(run, DataError, message);
      assertEquals(await exists(`${options.dir}/..`), false);
    });
  }
});

Deno.test("preprocess() names its splits as the reader does", async () => {
  await withOptions(async (options) => {
    const { manifest } = await preprocess(memoryCorpus(DOCUMENTS), tokenizer, options);
    const names: SplitName[] = ["train", "validation"];
    assertEquals(Object.keys(manifest.splits), names);
    for (const name of names) {
      assertEquals(manifest.splits[name].shards.map(({ file }) => file), [`${name}-00000.bin`]);
    }
  });
});

Deno.test("preprocess() makes each text a block when they are unwrapped", async () => {
  await withOptions(async (options) => {
    const unwrapped = { ...options, length: 3, packing: "unwrapped" } as const;
    const corpus = memoryCorpus(["abc", "!", "bcd", "cde"], { pieceSize: 2 });
    const { manifest } = await preprocess(corpus, tokenizer, unwrapped);
    using shards = await openShards(options.dir);
    assertEquals(textsOf(shards.blocks("train")), ["abc", "bcd"]);
    assertEquals(textsOf(shards.blocks("validation")), ["cde"]);
    assertEquals([manifest.corpus.documents, manifest.corpus.tokens], [3, 9]);
    // a and e once, b and d twice, c three times.
    const share = (count: number) => -count / 9 * Math.log(count / 9);
    assertAlmostEquals(
      manifest.corpus.unigramEntropy,
      2 * share(1) + 2 * share(2) + share(3),
      1e-12,
    );
  });
});

Deno.test("preprocess() says so when an unwrapped text does not fit", async () => {
  const cases: [string[], string][] = [
    [["abc", "abcd"], "text 1 (of those with tokens): it has 4 tokens"],
    [["abc"], "fill one block of 3, and validation needs another"],
    [["!", "abc"], "a block of length 3 takes 3 tokens"],
  ];
  for (const [documents, message] of cases) {
    await withOptions(async (options) => {
      const unwrapped = { ...options, length: 3, packing: "unwrapped" } as const;
      const run = () => preprocess(memoryCorpus(documents), tokenizer, unwrapped);
      await assertRejects(run, DataError, message);
    });
  }
});

Deno.test("preprocess() pads each text to a block when they are padded", async () => {
  await withOptions(async (options) => {
    const padded = { ...options, length: 5, packing: "padded" } as const;
    const { manifest } = await preprocess(
      memoryCorpus(["ab", "!", "abcdef", "c"]),
      tokenizer,
      padded,
    );
    using shards = await openShards(options.dir);
    const ids = (split: SplitName) =>
      Array.from({ length: manifest.splits[split].blocks }, (_, i) => {
        const block = new Uint32Array(5);
        shards.blocks(split).read(i, block, 0);
        return [...block];
      });
    // BOS 0, EOS 1, PAD 2, a 4.
    assertEquals(ids("train"), [[0, 4, 5, 1, 2], [0, 4, 5, 6, 1]]);
    assertEquals(ids("validation"), [[0, 6, 1, 2, 2]]);
    assertEquals(manifest.corpus.tokens, 2 + 1 + 6 + 1 + 1 + 1);
    assertEquals(manifest.corpus.cutOff, 3);
  });
});

Deno.test("preprocess() does not count documents that the corpus has counted", async () => {
  await withOptions(async (options) => {
    const phases = new Set<string>();
    const onProgress = ({ phase, totalDocuments }: PreprocessProgress) =>
      void phases.add(`${phase} of ${totalDocuments}`);
    const corpus = memoryCorpus(DOCUMENTS, { counted: true });
    const { manifest } = await preprocess(corpus, tokenizer, { ...options, onProgress });
    assertEquals([...phases], ["write of 6"]);
    const { train, validation } = manifest.splits;
    assertEquals([train.documents, validation.documents], [3, 1]);
  });
});

Deno.test("preprocess() keeps as many documents for validation as are asked for", async () => {
  for (const counted of [false, true]) {
    await withOptions(async (options) => {
      const corpus = memoryCorpus(DOCUMENTS, { counted });
      const asked = { ...options, validationDocuments: 2 };
      const { manifest } = await preprocess(corpus, tokenizer, asked);
      const { train, validation } = manifest.splits;
      assertEquals([train.documents, validation.documents], [2, 2]);
      await assertRejects(
        () => preprocess(corpus, tokenizer, { ...options, validationDocuments: 6 }),
        DataError,
        "data.validationDocuments is 6, but the corpus test corpus has only 6 documents",
      );
    });
  }
});

Deno.test("preprocess() takes the corpus's own validation split", async () => {
  await withOptions(async (options) => {
    const corpus = memoryCorpus(["abcde fgh", "ijk"], { validation: ["xyz xyz xyz"] });
    await preprocess(corpus, tokenizer, options);
    using shards = await openShards(options.dir);
    assertEquals(textsOf(shards.blocks("train")), ["|abcde.", "| fgh.."]);
    assertEquals(textsOf(shards.blocks("validation")), ["|xyz x.", "|yz xy."]);
  });
});

/** Documents of all lengths, some long enough to be cut into batches. */
function manyDocuments(): string[] {
  let state = 12345;
  const next = (n: number) => (state = (state * 1103515245 + 12345) % 2 ** 31) % n;
  const word = () => "abcdefghijklmnopqrstuvwxyz".slice(next(20)).slice(0, 1 + next(6));
  const words = (count: number) => Array.from({ length: count }, word).join(" ");
  const lengths = Array.from({ length: 3000 }, (_, i) => i % 7 === 0 ? 0 : 1 + next(200));
  return [...lengths.map(words), words(400_000), ...lengths.slice(0, 50).map(words)];
}

Deno.test("preprocess() gives the same bytes on any number of threads", async () => {
  const corpus = memoryCorpus(manyDocuments(), { pieceSize: 70_000 });
  const shape = { length: 33, maxShardBytes: 100_000 };
  let first: Record<string, Uint8Array> | null = null;
  for (const numWorkers of [0, 1, 3]) {
    await withOptions(async (options) => {
      await preprocess(corpus, tokenizer, { ...options, ...shape, numWorkers });
      const files = await filesOf(options.dir);
      first ??= files;
      assertEquals(files, first);
    });
  }
});

Deno.test("preprocess() gives the same bytes on any number of ranks", async () => {
  const corpus = memoryCorpus(manyDocuments(), { pieceSize: 70_000 });
  await withOptions(async (given) => {
    const options = { ...given, length: 33, maxShardBytes: 100_000 };
    const alone = await preprocess(corpus, tokenizer, options);
    const expected = await filesOf(options.dir);
    for (const [numRanks, numWorkers] of [[2, 0], [3, 1]] as const) {
      const dir = `${options.dir}-${numRanks}`;
      const together = () =>
        Promise.all(
          ranksInOneProcess(numRanks).map((ranks) =>
            preprocess(corpus, tokenizer, { ...options, dir, numWorkers, ranks })
          ),
        );
      const found = await together();
      assertEquals(found, found.map(() => alone));
      assertEquals(await filesOf(dir), expected);
      assertEquals((await together()).map(({ skipped }) => skipped), found.map(() => true));
    }
  });
});

Deno.test("preprocess() goes on from where a rank was told to stop", async () => {
  const corpus = memoryCorpus(manyDocuments(), { pieceSize: 70_000, counted: true });
  await withOptions(async (given) => {
    const options = { ...given, length: 33 };
    await preprocess(corpus, tokenizer, options);
    const expected = await filesOf(options.dir);
    await Deno.remove(options.dir, { recursive: true });
    const stop = new AbortController();
    const [first, second] = ranksInOneProcess(2);
    let batches = 0;
    const onProgress = () => {
      if (++batches === 3) stop.abort();
    };
    // The second would wait for the first to end both.
    preprocess(corpus, tokenizer, { ...options, ranks: second, signal: stop.signal });
    await assertRejects(
      () => preprocess(corpus, tokenizer, { ...options, ranks: first, onProgress }),
      DataError,
      "Another rank was told to stop.",
    );
    const found = await Promise.all(
      ranksInOneProcess(3).map((ranks) => preprocess(corpus, tokenizer, { ...options, ranks })),
    );
    for (const { resumedAt } of found) assert(resumedAt > 0);
    assertEquals(await filesOf(options.dir), expected);
  });
});

for (const packing of ["stream", "reference", "padded"] as const) {
  Deno.test(`preprocess() goes on where it was cut off (${packing})`, async () => {
    const corpus = memoryCorpus(manyDocuments(), { pieceSize: 70_000, counted: true });
    const shape = { length: 33, maxShardBytes: 100_000, saveEvery: 1, packing };
    await withOptions(async (options) => {
      await preprocess(corpus, tokenizer, { ...options, ...shape });
      const expected = await filesOf(options.dir);
      await Deno.remove(options.dir, { recursive: true });

      for (const limit of [1, 2, 1, 1]) {
        const stop = new AbortController();
        let batches = 0;
        const onProgress = ({ phase }: PreprocessProgress) => {
          if (phase === "write" && ++batches === limit) stop.abort();
        };
        await assertRejects(
          () =>
            preprocess(corpus, tokenizer, {
              ...options,
              ...shape,
              onProgress,
              signal: stop.signal,
            }),
          DOMException,
        );
        // What was written after the last saved state must not matter.
        for await (const { name } of Deno.readDir(`${options.dir}.partial`)) {
          if (!name.endsWith(".bin")) continue;
          const file = await Deno.open(`${options.dir}.partial/${name}`, { append: true });
          if ((await file.stat()).size < 90_000) await file.write(new Uint8Array(7));
          file.close();
        }
      }
      const { resumedAt } = await preprocess(corpus, tokenizer, { ...options, ...shape });
      assert(resumedAt > 1000, `${resumedAt}`);
      assertEquals(await filesOf(options.dir), expected);
      await assertRejects(() => Deno.stat(`${options.dir}.partial`), Deno.errors.NotFound);
    });
  });
}

Deno.test("preprocess() begins anew when what was left belongs to other inputs", async () => {
  await withOptions(async (options) => {
    await Deno.mkdir(`${options.dir}.partial`, { recursive: true });
    await Deno.writeTextFile(`${options.dir}.partial/progress.json`, `{"configHash":"other"}`);
    await Deno.writeTextFile(`${options.dir}.partial/train-00007.bin`, "old");
    const { resumedAt } = await preprocess(memoryCorpus(DOCUMENTS), tokenizer, options);
    assertEquals(resumedAt, 0);
    assertEquals(Object.keys(await filesOf(options.dir)).sort(), [
      "manifest.json",
      "train-00000.bin",
      "validation-00000.bin",
    ]);
  });
});

Deno.test("preprocess() does not disturb another process that makes the same shards", async () => {
  await withOptions(async (options) => {
    await using _busy = await PartialFolder.open(options.dir);
    await assertRejects(
      () => preprocess(memoryCorpus(DOCUMENTS), tokenizer, options),
      DataError,
      `(${Deno.pid} on ${Deno.hostname()}) is making the shards`,
    );
  });
});

Deno.test("preprocess() counts faulty documents and goes on", async () => {
  await withOptions(async (options) => {
    const corpus = memoryCorpus(DOCUMENTS);
    const faulty: Corpus = {
      ...corpus,
      async parts() {
        const { train, validation } = await corpus.parts();
        const bad = {
          name: "bad",
          documents: null,
          async *pieces() {
            for (let i = 0; i < 7; i++) {
              yield await Promise.resolve({ text: "", endOfDocument: true, fault: `row ${i}` });
            }
          },
        };
        return { train: [bad, ...train], validation };
      },
    };
    const { manifest, faults } = await preprocess(faulty, tokenizer, options);
    assertEquals([manifest.corpus.faults, manifest.corpus.documents], [7, 4]);
    assertEquals(faults, ["row 0", "row 1", "row 2", "row 3", "row 4"]);
  });
});

Deno.test("preprocess() counts documents without tokens, however they arrive", async () => {
  const texts = ["Только кириллица.", "Long enough", " ", "a white sea", "Ещё одна", "3!"];
  const kept = texts.filter((text) => /[a-z0-9]/i.test(text)).join("");
  for (const pieceSize of [Infinity, 3]) {
    for (const numWorkers of [0, 1]) {
      await withOptions(async (options) => {
        const corpus = memoryCorpus(texts, { pieceSize });
        const { manifest } = await preprocess(corpus, tokenizer, { ...options, numWorkers });
        const { documents, empty, faults, bytes } = manifest.corpus;
        assertEquals([documents, empty, faults, bytes], [3, 3, 0, kept.length]);
      });
    }
  }
});

Deno.test("preprocess() counts tokens of unknown words", async () => {
  const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "white", "sea"].join("\n");
  const words = await withFiles(
    { "vocab.txt": vocabulary },
    (path) => createTokenizer("bert-base-uncased", { file: path("vocab.txt") }),
  );
  await withOptions(async (options) => {
    const corpus = memoryCorpus(["a white whale", "a sea", "a white sea", "white white sea !"]);
    const { manifest } = await preprocess(corpus, words, { ...options, length: 4 });
    const { unknown, tokens } = manifest.corpus;
    assertEquals([unknown, tokens], [2, 12 + 4]);
  });
});

Deno.test("preprocess() tells how long documents are and which tokens are frequent", async () => {
  await withOptions(async (options) => {
    const { manifest: { corpus } } = await preprocess(
      memoryCorpus(["a", "abc", "aabbb bb", "ba", "bbbbb"]),
      tokenizer,
      options,
    );
    // Documents of 1, of 2 to 3, and of 4 to 7 and 8 to 15 tokens.
    assertEquals(corpus.lengths, [1, 2, 1, 1]);
    // b 12, a 5, EOS 5, c and space once: ties go by id.
    assertEquals(corpus.frequent, [[5, 12], [1, 5], [4, 5], [3, 1], [6, 1]]);
  });
});

Deno.test("preprocess() refuses a corpus that ends within a document", async () => {
  const corpusOf = (documents: number | null): Corpus => ({
    ...memoryCorpus([]),
    parts: () =>
      Promise.resolve({
        train: [{
          name: "verses",
          documents,
          async *pieces() {
            yield { text: "so it goes and so it went", endOfDocument: true };
            yield await Promise.resolve({ text: "and so it ends", endOfDocument: true });
            yield { text: "or not", endOfDocument: false };
          },
        }],
        validation: null,
      }),
  });
  for (const documents of [null, 3]) {
    await withOptions(async (options) => {
      await assertRejects(
        () => preprocess(corpusOf(documents), tokenizer, options),
        DataError,
        "verses ends within a document",
      );
    });
  }
});
