/**
 * Corpora of texts in memory.
 *
 * @module
 */

import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import type { Corpus } from "../../../lib/data/corpus.ts";
import { localIdentity } from "../../../lib/data/corpora/local_identity.ts";
import { openCorpus } from "../../../lib/data/corpora/open_corpus.ts";
import { textCorpus } from "../../../lib/data/corpora/text_corpus.ts";
import { DataError } from "../../../lib/errors.ts";

/** The documents from number `skip` on. */
async function documentsOf(corpus: Corpus, skip = 0): Promise<string[]> {
  const { train: [part] } = await corpus.parts();
  const documents = [""];
  for await (const { text, endOfDocument } of part!.pieces(skip)) {
    documents.push(documents.pop() + text);
    if (endOfDocument) documents.push("");
  }
  return documents.slice(0, -1);
}

Deno.test("textCorpus() divides a text where lines are blank", async () => {
  const corpus = textCorpus("verses", "one\nand more\n\n  \ntwo\r\n\r\nthree ä𝒳\n");
  assertEquals(await documentsOf(corpus), ["one\nand more", "two", "three ä𝒳"]);
  assertEquals(await documentsOf(corpus, 2), ["three ä𝒳"]);
  assertEquals((await corpus.parts()).train[0]!.documents, null);
});

Deno.test("textCorpus() takes documents as they are in a list", async () => {
  const long = "ab".repeat(300_000);
  const corpus = textCorpus("list", ["one\n\nand more", "", long]);
  assertEquals(await documentsOf(corpus), ["one\n\nand more", "", long]);
  assertEquals(await documentsOf(corpus, 1), ["", long]);
  assertEquals((await corpus.parts()).train[0]!.documents, 3);
});

Deno.test("textCorpus() has another identity when the text changes", async () => {
  const identityOf = (text: string | string[]) => textCorpus("name", text).identity();
  assertEquals(await identityOf("so it goes"), await identityOf("so it goes"));
  assertNotEquals(await identityOf("so it goes"), await identityOf("so it went"));
  assertNotEquals(await identityOf(["a", "b"]), await identityOf(["ab"]));
});

Deno.test("openCorpus() says who has a text that was in memory", async () => {
  const { location } = textCorpus("verses", "so it goes");
  assertThrows(
    () => openCorpus(location),
    DataError,
    "verses is a text in the memory of a program",
  );
  assertEquals(await localIdentity(location), null);
});

Deno.test("textCorpus() refuses what is no text", async () => {
  const cases: [unknown, string][] = [
    [undefined, "expected a text or a list of texts, found nothing."],
    [5, "expected a text or a list of texts, found 5."],
    [new Uint8Array(2), "expected a text or a list of texts, found"],
    [["a", 5], "expected a text or a list of texts, found 5 in a list."],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => textCorpus("verses", text as string), DataError, message);
  }
  await assertRejects(
    () => documentsOf(textCorpus("verses", "a\0b")),
    DataError,
    "The corpus verses has a character U+0000",
  );
});
