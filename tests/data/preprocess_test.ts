/**
 * Tests of preprocessing: from documents to a folder of shards.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { BlockSource } from "../../lib/data/blocks.ts";
import type { SplitName } from "../../lib/data/manifest.ts";
import {
  preprocess,
  type PreprocessOptions,
  type PreprocessProgress,
} from "../../lib/data/preprocess.ts";
import { openShards } from "../../lib/data/shards.ts";
import { DataError, FlmError } from "../../lib/errors.ts";
import { Text8Tokenizer } from "../../lib/text/text8.ts";
import { memoryCorpus } from "./memory_corpus.ts";

const tokenizer = await Text8Tokenizer.create();
const DOCUMENTS = ["The whale.", "Call me Ishmael!", "***", " ", "A white sea", "Some years ago"];

/** Runs a test with options whose `dir` does not exist yet. */
async function withOptions(
  test: (options: PreprocessOptions) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test({ dir: `${folder}/shards/test`, length: 7, validationFraction: 0.2 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
      const corpus = { ...memoryCorpus(documents, pieceSize), identity };
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
    const { manifest } = await preprocess(memoryCorpus([text], 10), tokenizer, options);
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
      pieces: () => {
        throw new Error("read again");
      },
    };
    assertEquals(await preprocess(unread, tokenizer, options), { manifest, skipped: true });

    const changes: Partial<PreprocessOptions>[] = [
      { length: 6 },
      { packing: "reference" },
      { validationFraction: 0.4 },
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
    assertEquals(seen, [
      { phase: "count", documents: 1, bytes: 4, totalBytes: null },
      { phase: "count", documents: 2, bytes: 16, totalBytes: null },
      { phase: "count", documents: 3, bytes: 24, totalBytes: null },
      { phase: "write", documents: 1, bytes: 4, totalBytes: 24 },
      { phase: "write", documents: 2, bytes: 16, totalBytes: 24 },
      { phase: "write", documents: 3, bytes: 24, totalBytes: 24 },
    ]);
  });
});

Deno.test("preprocess() says what is too short", async () => {
  const cases: [string[], string][] = [
    [[], "The corpus test corpus is empty"],
    [["abc"], "shorter than one block: it has 4 tokens, and a block of length 7 takes 5"],
    [["abcdef"], "fill one block of 7, and validation needs another"],
    [["!?"], "shorter than one block: it has 0 tokens"],
    [["a", "b"], "shorter than one block: it has 4 tokens"],
    [["a", "b".repeat(20)], "The training split of test corpus (1 of 2 documents) is shorter"],
    [["b".repeat(20), "a"], "Use a larger data.validationFraction"],
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

Deno.test("preprocess() throws when the validation fraction is impossible", async () => {
  for (const validationFraction of [-0.1, 1, NaN]) {
    await withOptions(async (options) => {
      const run = () =>
        preprocess(memoryCorpus(DOCUMENTS), tokenizer, { ...options, validationFraction });
      await assertRejects(run, DataError, `data.validationFraction is ${validationFraction}`);
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
    const corpus = memoryCorpus(["abc", "!", "bcd", "cde"], 2);
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
