/**
 * `deno task inspect`: what it shows of token shards.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { preprocess } from "../lib/data/preprocess/preprocess.ts";
import { createTokenizer } from "../lib/text/create_tokenizer.ts";
import { memoryCorpus } from "./data/memory_corpus.ts";
import { withFolder } from "./testing/folder.ts";
import { deno } from "./testing/program.ts";

/** Turns a terminal red, gives it a title, clears it, and turns the writing direction. */
const HOSTILE = "\x1b[31mred\x1b]0;title\x07\x9b2J\r\u202eback\n\tnext ";

Deno.test("inspect shows the control characters of a corpus instead of obeying them", async () => {
  await withFolder(async (folder) => {
    const dir = `${folder}/shards`;
    const corpus = memoryCorpus([HOSTILE.repeat(9), HOSTILE.repeat(9)]);
    const shape = { length: 32, validationFraction: 0.5 };
    const named = { ...corpus, name: "\x1b[2Jcorpus" };
    await preprocess(named, await createTokenizer("gpt2"), { dir, ...shape });
    const { code, stdout, stderr } = await deno(["task", "--quiet", "inspect", dir]);
    assertEquals([code, stderr], [0, ""]);
    // deno-lint-ignore no-control-regex
    assertEquals(stdout.match(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/g), null);
    assertStringIncludes(stdout, "Shards of \\x1b[2Jcorpus (");
    assertStringIncludes(stdout, "\\x1b[31mred\\x1b]0;title\\x07\\x9b2J\\x0d\\u202eback\n  \tnext");
  });
});

Deno.test("inspect tells of what was cut off of texts", async () => {
  await withFolder(async (folder) => {
    const dir = `${folder}/shards`;
    const shape = { length: 5, validationFraction: 0.4, packing: "padded" } as const;
    const corpus = memoryCorpus(["ab", "abcdef", "c"]);
    await preprocess(corpus, await createTokenizer("text8"), { dir, ...shape });
    const { stdout } = await deno(["task", "--quiet", "inspect", dir]);
    const line = "cut off: 3 tokens of texts longer than a block, 25 % of all, left out\n";
    assertStringIncludes(stdout, line);
  });
});

Deno.test("inspect tells of documents without tokens and of unknown words", async () => {
  await withFolder(async (folder) => {
    const dir = `${folder}/shards`;
    const corpus = memoryCorpus(["a \u{1f600} b c", " ", "d e f", "\u{1f600} g h i", "\ufffd"]);
    const shape = { length: 5, validationFraction: 0.4 };
    const named = { ...corpus, name: await corpus.identity() };
    await preprocess(named, await createTokenizer("bert-base-uncased"), { dir, ...shape });
    const { stdout } = await deno(["task", "--quiet", "inspect", dir]);
    // What identifies a corpus is told once.
    assertEquals(stdout.split("\n")[0], `Shards of ${named.name}`);
    assertStringIncludes(stdout, "in all: 3 documents, 25 B, 14 tokens of bert-base-uncased\n");
    const empty = "without tokens: 2 documents, blank or of nothing that bert-base-uncased knows\n";
    assertStringIncludes(stdout, empty);
    assertStringIncludes(stdout, "unknown words: 2, 14.29 % of all tokens\n");
    const told = await deno(["task", "--quiet", "inspect", dir, "--json", "--blocks", "1"]);
    const { manifest, blocks } = JSON.parse(told.stdout);
    assertEquals([manifest.corpus.documents, manifest.corpus.unknown], [3, 2]);
    assertEquals(
      blocks.map(({ index, ids }: { index: number; ids: number[] }) => [index, ids.length]),
      [
        [0, 5],
      ],
    );
  });
});
