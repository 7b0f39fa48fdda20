/**
 * Tokenizers beside a GPT-2 that judges.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { gpt2JudgeTokenizer } from "../../lib/eval/gpt2_judge_tokenizer.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { withFolder } from "../testing/folder.ts";

const { vocabulary, fingerprint } = await createTokenizer("gpt2");
const TOKENS = vocabulary!.trimEnd().split("\n");

/** A tokenizer.json of these tokens. */
function tokenizerJson(tokens: readonly string[]): string {
  return JSON.stringify({
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
    model: { type: "BPE", vocab: Object.fromEntries(tokens.map((token, id) => [token, id])) },
  });
}

Deno.test("gpt2JudgeTokenizer() takes GPT-2's, whether a model brings it or not", () =>
  withFolder(async (folder) => {
    const found = async () => (await gpt2JudgeTokenizer(folder)).fingerprint;
    assertEquals(await found(), fingerprint);
    await Deno.writeTextFile(`${folder}/tokenizer.json`, tokenizerJson(TOKENS));
    assertEquals(await found(), fingerprint);
  }));

Deno.test("gpt2JudgeTokenizer() refuses a model with another tokenizer, in every form", () =>
  withFolder(async (folder) => {
    const [first, second, ...rest] = TOKENS;
    const swapped = [second!, first!, ...rest];
    const vocab = JSON.stringify(Object.fromEntries(swapped.map((token, id) => [token, id])));
    const cases: [name: string, content: string, message: string][] = [
      ["tokenizer.json", tokenizerJson(swapped), "its tokens are not GPT-2's"],
      ["vocab.json", vocab, "its tokens are not GPT-2's"],
      ["merges.txt", "#version: 0.2\na b\n", "it goes with vocab.json beside it"],
    ];
    for (const [name, content, message] of cases) {
      const path = `${folder}/${name}`;
      await Deno.writeTextFile(path, content);
      await assertRejects(
        () => gpt2JudgeTokenizer(folder),
        CheckpointError,
        `${folder} cannot judge: of tokenizers beside a model only GPT-2's is known. Cannot use ` +
          `the tokenizer file ${path}: ${message}`,
      );
      await Deno.remove(path);
    }
  }));
