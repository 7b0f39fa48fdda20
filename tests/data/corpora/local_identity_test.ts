/**
 * What can be seen of a corpus at once.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { openCorpus } from "../../../lib/data/corpora/open_corpus.ts";
import { localIdentity } from "../../../lib/data/corpora/local_identity.ts";
import { withFolder } from "../../testing/folder.ts";

Deno.test("localIdentity() reads small files that are there, and nothing else", () =>
  withFolder(async (folder) => {
    const [path, validationPath] = [`${folder}/train-*.txt`, `${folder}/valid.txt`];
    const corpus = { kind: "file", path, validationPath } as const;
    assertEquals(await localIdentity(corpus), null);
    await Deno.writeTextFile(`${folder}/train-1.txt`, "one\n");
    assertEquals(await localIdentity(corpus), null);
    await Deno.writeTextFile(validationPath, "two\n");
    const identity = await openCorpus(corpus).identity();
    assertEquals(await localIdentity(corpus), identity);
    assertEquals(await localIdentity(corpus, 8), identity);
    assertEquals(await localIdentity(corpus, 7), null);
    await Deno.writeTextFile(validationPath, "too\n");
    assertNotEquals(await localIdentity(corpus), identity);
    const archive = { kind: "lm1b-archive", path: `${folder}/train-1.txt` } as const;
    assertEquals(await localIdentity(archive), await openCorpus(archive).identity());
  }));

Deno.test("localIdentity() asks no server", async () => {
  const dataset = { dataset: "owner/name", config: null, revision: "main" };
  const splits = { trainSplit: "train", validationSplit: null, field: "text" };
  assertEquals(await localIdentity({ kind: "hub", ...dataset, ...splits }), null);
  const address = "http://127.0.0.1:9/corpus.txt";
  assertEquals(await localIdentity({ kind: "file", path: address }), null);
  assertEquals(await localIdentity({ kind: "letters" }), "letters:8x100");
});
