/**
 * Tests of what is said of corpora that are too short.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { preprocess } from "../../../lib/data/preprocess/preprocess.ts";
import type { PreprocessOptions } from "../../../lib/data/preprocess/options.ts";
import { lossesOf } from "../../../lib/data/preprocess/shortage.ts";
import { CorpusStatistics } from "../../../lib/data/preprocess/statistics.ts";
import { DataError } from "../../../lib/errors.ts";
import { Text8Tokenizer } from "../../../lib/text/text8.ts";
import type { Tokenizer } from "../../../lib/text/tokenizer.ts";
import { withFolder } from "../../testing/folder.ts";
import { memoryCorpus } from "../memory_corpus.ts";

const tokenizer = await Text8Tokenizer.create();
const LONG = "whale ".repeat(10);

/** What is said of documents with blocks of 16 tokens, nothing if they are enough. */
async function complaint(
  documents: string[],
  options: Partial<PreprocessOptions> = {},
  validation?: string[],
): Promise<string> {
  let message = "";
  await withFolder(async (folder) => {
    const shape = { dir: `${folder}/x`, length: 16, validationFraction: 0.1, ...options };
    const corpus = memoryCorpus(documents, validation === undefined ? {} : { validation });
    const error = await preprocess(corpus, tokenizer, shape).then(() => null, (error) => error);
    if (error === null) return;
    assert(error instanceof DataError, `${error}`);
    message = error.message;
  });
  return message;
}

Deno.test("preprocess() does not advise a fraction where none helps", async () => {
  for (const validationFraction of [0.1, 0.5, 0.9]) {
    assertEquals(
      await complaint([LONG, "end"], { validationFraction }),
      "The validation split of test corpus (1 of 2 documents, 4 tokens) is shorter than one " +
        "block: a block of length 16 takes 14 tokens. The other split has one document, and none " +
        "is divided: give validation a file of its own (data.source.validationPath), cut the " +
        "documents into shorter ones, or use a smaller data.length.",
    );
  }
  assertEquals(await complaint([LONG, LONG]), "", "such advice works");
  assertEquals(await complaint([LONG, "end"], {}, [LONG]), "");
});

Deno.test("preprocess() advises what decides the split where that helps", async () => {
  const documents = [LONG, LONG, LONG, LONG, "end"];
  const message = await complaint(documents);
  assert(
    message.endsWith(
      "Use a larger data.validationFraction, a smaller data.length or a longer corpus.",
    ),
    message!,
  );
  assertEquals(await complaint(documents, { validationFraction: 0.4 }), "");

  const counted = await complaint(documents, { validationDocuments: 1 });
  assert(counted.includes("Use a larger data.validationDocuments, "), counted);
  assertEquals(await complaint(documents, { validationDocuments: 2 }), "");

  const few = await complaint(["end", LONG, LONG, LONG], { validationFraction: 0.7 });
  assert(few.includes("(1 of 4 documents, 4 tokens)"), few);
  assert(few.includes("Use a smaller data.validationFraction, "), few);
});

Deno.test("preprocess() advises more text where no split would do", async () => {
  const short = await complaint(["whale whale whale", "end"]);
  assert(short.endsWith("Use a longer corpus or a smaller data.length."), short);
  const own = await complaint([LONG, LONG], {}, ["end"]);
  assert(own.endsWith("Use a longer text for it, or a smaller data.length."), own);
});

Deno.test("lossesOf() tells of faults, documents without tokens and unknown words", () => {
  const statistics = new CorpusStatistics(8);
  assertEquals(lossesOf(statistics, tokenizer), []);
  statistics.read = 5;
  statistics.addFaults(["Line 3 of x is not JSON", "Line 4 of x is not JSON"]);
  statistics.addDocument("train", 3);
  statistics.addTokens(Uint16Array.of(1, 1, 5));
  const words = { ...tokenizer, name: "words", unknownId: 1 } as Tokenizer;
  assertEquals(lossesOf(statistics, words), [
    "2 left out: Line 3 of x is not JSON.",
    "Documents without tokens, blank or of nothing that words knows: 2.",
    "Words that words does not know, or too long for it: 2.",
  ]);
});
