/**
 * Tests of the LM1B archive.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import type { Corpus, CorpusPart } from "../../../lib/data/corpus.ts";
import { openCorpus } from "../../../lib/data/corpora/open_corpus.ts";
import { DataError } from "../../../lib/errors.ts";
import { withFolder } from "../../testing/folder.ts";
import { serveFolders } from "../../testing/static_server.ts";
import { tar, type TarContent } from "../tar.ts";

const ROOT = "1-billion-word-language-modeling-benchmark-r13output";
const TRAIN = "training-monolingual.tokenized.shuffled";
const HELDOUT = "heldout-monolingual.tokenized.shuffled";

/** Their paths are too long for one field. */
const BENCHMARK: TarContent[] = [
  { path: "README", content: "not a document\n" },
  { path: `${TRAIN}/news.en-00002-of-00100`, content: "one .\ntwo ,\n" },
  { path: `${HELDOUT}/news.en.heldout-00001-of-00050`, content: "held\nout\n" },
  // No file of the benchmark, though it lies in its folder.
  { path: `${HELDOUT}/news.en.heldout-00000-of-00050.txt`, content: "no\n" },
  { path: `${TRAIN}/news.en-00001-of-00100`, content: "three é" },
  { path: `${HELDOUT}/news.en.heldout-00000-of-00050`, content: "more\n" },
].map((entry) => ({ ...entry, prefix: ROOT }));

async function withArchive(
  archive: Uint8Array,
  test: (corpus: Corpus, folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = `${folder}/lm1b.tar.gz`;
    await Deno.writeFile(path, archive);
    await test(openCorpus({ kind: "lm1b-archive", path }), folder);
  });
}

async function documentsOf(parts: readonly CorpusPart[] | null, skip = 0): Promise<string[]> {
  assertEquals(parts?.length, 1);
  const pieces = await Array.fromAsync(parts![0]!.pieces(skip));
  assert(pieces.every(({ endOfDocument }) => endOfDocument));
  return pieces.map(({ text, fault }) => fault ?? text);
}

Deno.test("the LM1B archive holds both splits, a sentence a line", async () => {
  await withArchive(gzipSync(tar(BENCHMARK)), async (local, folder) => {
    await using server = serveFolders({ "/": folder }, { ranges: true });
    const path = `${server.origin}/lm1b.tar.gz`;
    for (const corpus of [local, openCorpus({ kind: "lm1b-archive", path })]) {
      const { train, validation } = await corpus.parts();
      const sentences = ["one .", "two ,", "three é"];
      for (const skip of [0, 1, 2, 3]) {
        assertEquals(await documentsOf(train, skip), sentences.slice(skip));
        assertEquals(await documentsOf(validation, skip), ["held", "out", "more"].slice(skip));
      }
      for await (const { text } of train[0]!.pieces(0)) {
        assertEquals(text, "one .");
        break;
      }
    }
    assert((await local.identity()).startsWith("sha256:"));
  });
});

Deno.test("an archive that is truncated or another one is named", async () => {
  const whole = gzipSync(tar(BENCHMARK));
  const cases: [Uint8Array, string][] = [
    [whole.subarray(0, -20), "it is truncated, damaged or no gzip file"],
    [gzipSync(tar(BENCHMARK, 0)), "it is truncated, damaged or no tar archive (it ends too early)"],
    [gzipSync(tar(BENCHMARK.slice(0, 2))), "holds no file that matches"],
    [gzipSync("text"), "no tar archive"],
  ];
  for (const [archive, message] of cases) {
    await withArchive(archive, async (corpus, folder) => {
      const { validation } = await corpus.parts();
      const error = await assertRejects(() => documentsOf(validation), DataError, message);
      assert(error.message.includes(`${folder}/lm1b.tar.gz`), error.message);
    });
  }
});
