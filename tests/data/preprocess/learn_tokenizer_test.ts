/**
 * Tests of shards whose tokenizer is learned from the corpus.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { learnTokenizer } from "../../../lib/data/preprocess/learn_tokenizer.ts";
import type { PreprocessProgress } from "../../../lib/data/preprocess/options.ts";
import { preprocess } from "../../../lib/data/preprocess/preprocess.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { DataError } from "../../../lib/errors.ts";
import { exists } from "../../../lib/system/exists.ts";
import {
  createTokenizer,
  TOKENIZER_FILE,
  type TokenizerToLearn,
} from "../../../lib/text/create_tokenizer.ts";
import { learnTokenizer as learnFromText } from "../../testing/bpe.ts";
import { withFolder } from "../../testing/folder.ts";
import { ranksInOneProcess } from "../../testing/two_ranks.ts";
import { memoryCorpus } from "../memory_corpus.ts";

const VERSES = Array.from(
  { length: 60 },
  (_, i) => `${i} ships went to the sea, and ${i + 1} came to the shore.`,
);
const CORPUS = memoryCorpus(VERSES);
const TO_LEARN: TokenizerToLearn = { name: "bpe", vocabSize: 270 };
const SHAPE = { length: 16, validationFraction: 0.2 };

async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for await (const { name } of Deno.readDir(folder)) {
    files[name] = await Deno.readFile(`${folder}/${name}`);
  }
  return files;
}

Deno.test("preprocess() learns a tokenizer and keeps it beside the shards", async () => {
  await withFolder(async (folder) => {
    const options = { ...SHAPE, dir: `${folder}/shards` };
    const { manifest } = await preprocess(CORPUS, TO_LEARN, options);
    const file = `${options.dir}/${TOKENIZER_FILE}`;
    const tokenizer = await createTokenizer("bpe", { file });
    assertEquals(tokenizer.vocabSize, 270);
    assertEquals(manifest.tokenizer, {
      name: "bpe",
      file: null,
      fingerprint: tokenizer.fingerprint,
      vocabSize: 270,
    });
    using shards = await openShards(options.dir);
    const ids = new Uint32Array(16);
    shards.blocks("train").read(0, ids, 0);
    assert(VERSES.join("").includes(tokenizer.decode(ids).split("\n")[0]!));
    assertEquals(await exists(`${options.dir}.partial`), false);
  });
});

Deno.test("preprocess() learns the same on any number of threads, of pieces of any size", async () => {
  await withFolder(async (folder) => {
    const variants = [
      { corpus: CORPUS, numWorkers: 0 },
      { corpus: CORPUS, numWorkers: 2 },
      { corpus: memoryCorpus(VERSES, { counted: true }), numWorkers: 1 },
    ];
    const made = [];
    for (const [i, { corpus, numWorkers }] of variants.entries()) {
      const dir = `${folder}/shards-${i}`;
      await preprocess(corpus, TO_LEARN, { ...SHAPE, dir, numWorkers });
      made.push(await filesOf(dir));
    }
    assertEquals(made[1], made[0]);
    assertEquals(made[2], made[0]);
  });
});

Deno.test("preprocess() has rank 0 learn for all ranks", async () => {
  await withFolder(async (folder) => {
    const [alone, dir] = [`${folder}/alone`, `${folder}/shards`];
    const { manifest } = await preprocess(CORPUS, TO_LEARN, { ...SHAPE, dir: alone });
    const learning: number[] = [];
    const found = await Promise.all(
      ranksInOneProcess(2).map((ranks) => {
        const onProgress = ({ phase }: PreprocessProgress) => {
          if (phase === "learn") learning.push(ranks.rank);
        };
        return preprocess(CORPUS, TO_LEARN, { ...SHAPE, dir, ranks, onProgress });
      }),
    );
    assertEquals(found.map((each) => each.manifest), [manifest, manifest]);
    assertEquals(await filesOf(dir), await filesOf(alone));
    assertEquals([...new Set(learning)], [0]);
  });
});

Deno.test("preprocess() keeps shards and the tokenizer that was learned for them", async () => {
  await withFolder(async (folder) => {
    const phases = new Set<string>();
    const options = {
      ...SHAPE,
      dir: `${folder}/shards`,
      onProgress: ({ phase }: { phase: string }) => void phases.add(phase),
    };
    const file = `${options.dir}/${TOKENIZER_FILE}`;
    const run = async (tokenizer = TO_LEARN) => {
      phases.clear();
      return { ...await preprocess(CORPUS, tokenizer, options), phases: [...phases] };
    };
    assertEquals((await run()).phases, ["learn", "count", "write"]);
    const before = await filesOf(options.dir);
    assertEquals(await run().then(({ skipped, phases }) => [skipped, phases]), [true, ["verify"]]);
    // Without the tokenizer, or with another one, the shards say nothing.
    const other = await learnFromText("so it goes and so it went ".repeat(9), 250);
    for (
      const damage of [() => Deno.remove(file), () => Deno.writeTextFile(file, other.vocabulary)]
    ) {
      await damage();
      assertEquals((await run()).skipped, false);
      assertEquals(await filesOf(options.dir), before);
    }
    assertEquals((await run({ name: "bpe", vocabSize: 260 })).skipped, false);
  });
});

Deno.test("preprocess() that was cut off goes on with what it has learned", async () => {
  const long = memoryCorpus(VERSES.map((verse) => `${verse} `.repeat(6000)));
  await withFolder(async (folder) => {
    const whole = { ...SHAPE, dir: `${folder}/whole` };
    await preprocess(long, TO_LEARN, whole);
    const options = { ...SHAPE, dir: `${folder}/shards` };
    // In the first batch nothing is saved but what was learned.
    for (const batches of [1, 2, 3]) {
      const stop = new AbortController();
      const phases: string[] = [];
      await assertRejects(() =>
        preprocess(long, TO_LEARN, {
          ...options,
          saveEvery: 1,
          signal: stop.signal,
          onProgress: ({ phase }) => {
            phases.push(phase);
            if (phases.filter((each) => each === "write").length === batches) stop.abort();
          },
        })
      );
      assertEquals(phases.includes("learn"), batches === 1);
    }
    const { resumedAt } = await preprocess(long, TO_LEARN, options);
    assert(resumedAt > 0);
    assertEquals(await filesOf(options.dir), await filesOf(whole.dir));
  });
});

Deno.test("preprocess() says how many tokens a short corpus gives", async () => {
  await withFolder(async (folder) => {
    await assertRejects(
      () =>
        preprocess(CORPUS, { name: "bpe", vocabSize: 5000 }, { ...SHAPE, dir: `${folder}/shards` }),
      DataError,
      "no other two neighbours occur twice, but data.vocabSize is 5000. Set it to",
    );
    const cases: [string[], string][] = [
      [["ab", "ac"], "Use a longer corpus, or another data.tokenizer: none is learned of fewer"],
      [[], "The corpus test corpus has no texts to learn tokens from."],
    ];
    for (const [texts, message] of cases) {
      await assertRejects(
        () => preprocess(memoryCorpus(texts), TO_LEARN, { ...SHAPE, dir: `${folder}/shards` }),
        DataError,
        message,
      );
    }
    assertEquals(await exists(`${folder}/shards.partial`), false);
  });
});

Deno.test("learnTokenizer() reads the training parts, through the detokenizer", async () => {
  const corpus = memoryCorpus(["a b a b", "a b"], { validation: ["c d c d c d"] });
  const learn = async (detokenizer: ((text: string) => string) | null) => {
    const { vocabulary } = await learnTokenizer(corpus, await corpus.parts(), {
      name: "bpe",
      vocabSize: 246,
    }, { detokenizer, onProgress: () => {}, signal: undefined });
    return JSON.parse(vocabulary).model.merges;
  };
  assertEquals(await learn(null), ["Ġ b"]);
  assertEquals(await learn((text) => text.replaceAll("b", "e")), ["Ġ e"]);
});

Deno.test("learnTokenizer() forgets the rarest pieces when there are too many", async () => {
  const rare = Array.from({ length: 50 }, (_, i) => `${i % 5 ? "x" : "the"} ${"abcde"[i % 5]}${i}`);
  const corpus = memoryCorpus(rare);
  const options = { detokenizer: null, onProgress: () => {}, signal: undefined };
  const learn = (mostPieces: number) =>
    corpus.parts().then((parts) =>
      learnTokenizer(corpus, parts, { name: "bpe", vocabSize: 247 }, { ...options, mostPieces })
    );
  const merges = JSON.parse((await learn(20)).vocabulary).model.merges;
  assertEquals(merges.length, 2);
});
