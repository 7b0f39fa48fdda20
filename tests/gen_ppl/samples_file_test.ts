/**
 * Files of texts.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { readSamplesFile } from "../../tasks/gen_ppl/samples_file.ts";
import { withFolder } from "../testing/folder.ts";

async function withFile(
  name: string,
  content: string,
  test: (path: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/${name}`, content);
    await test(`${folder}/${name}`);
  });
}

const REFERENCE = { generative_ppl: 96.9, entropy: 4.29, generated_seqs: ["[CLS] a", ""] };

Deno.test("readSamplesFile() reads every form, empty texts included", async () => {
  const cases: [string, string, string[]][] = [
    ["a.json", '["one", "", "two\\nlines"]', ["one", "", "two\nlines"]],
    ["a.txt", "one\n\ntwo\r\n three ", ["one", "", "two", " three "]],
    ["a.txt", "one\n", ["one"]],
    [
      "a.txt",
      "--- sample 1 of 2 ---\none\nline\n\n--- sample 2 of 2 ---\ntwo\n\n",
      ["one\nline", "two"],
    ],
    ["A.TXT", "one\n", ["one"]],
    ["a.ndjson", '"one"\n', ["one"]],
    ["a.Json", '["one"]', ["one"]],
    ["a.jsonl", '{"index": 0, "text": "one"}\n{"text": ""}\n"three"\n', ["one", "", "three"]],
  ];
  for (const [name, content, texts] of cases) {
    await withFile(name, content, async (path) => {
      assertEquals(await readSamplesFile(path), { texts, recorded: null });
    });
  }
  await withFile("samples.json", '{"generated_seqs": ["a"], "entropy": 1e999}', async (path) => {
    assertEquals((await readSamplesFile(path)).recorded, { perplexity: null, entropy: null });
  });
  await withFile("samples.json", JSON.stringify(REFERENCE), async (path) => {
    assertEquals(await readSamplesFile(path), {
      texts: ["[CLS] a", ""],
      recorded: { perplexity: 96.9, entropy: 4.29 },
    });
  });
});

Deno.test("readSamplesFile() says what is wrong with a file, and where", async () => {
  const cases: [string, string, string][] = [
    ["a.json", "[", "a.json is not JSON"],
    [
      "a.json",
      '{"generative_ppl": NaN, "generated_seqs": ["a"]}',
      "are none: write null for them.",
    ],
    ["a.json", '{"texts": []}', 'under "generated_seqs", found the mapping'],
    ["a.json", "null", "expected a list of texts"],
    ["a.json", '["one", 2]', "a.json, text 1: expected a text, found 2"],
    [
      "a.json",
      '{"generated_seqs": ["one", null]}',
      "generated_seqs 1: expected a text, found null",
    ],
    ["a.json", "[]", "There are no texts in"],
    ["a.txt", "", "There are no texts in"],
    ["a.txt", "--- sample 1 of 2 ---\none\n\n", "the line above text 1 says 1 of 2"],
    ["a.jsonl", '"one"\n{"text": 3}\n', "a.jsonl, line 2: expected a text, found 3"],
    ["a.jsonl", '"one"\n\n"two"', "a.jsonl, line 2 is not JSON"],
    ["a.jsonl", '{"txt": "one"}', "line 1: expected a text, found the mapping"],
    ["a.csv", "one", "expected .json, .jsonl"],
  ];
  for (const [name, content, message] of cases) {
    await withFile(name, content, async (path) => {
      await assertRejects(() => readSamplesFile(path), DataError, message);
    });
  }
  await assertRejects(() => readSamplesFile("none/a.json"), DataError, "there is no such file");
});
