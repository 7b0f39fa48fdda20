/**
 * Texts as the tokens of a judge.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { judgeSequences, judgeTokens, sampleText } from "../../lib/eval/judge_tokens.ts";
import { createTokenizer, type Tokenizer } from "../../lib/text/tokenizer.ts";

/** Letters by their codes; the specials of GPT-2. */
const GPT2: Tokenizer = {
  name: "gpt2",
  vocabSize: 257,
  bosId: 256,
  eosId: 256,
  padId: null,
  fingerprint: "",
  normalise: (text) => text,
  encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0)),
  encoder() {
    throw new TypeError("not needed");
  },
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  decodeBatch: (batch) => Array.from(batch, (ids) => GPT2.decode(ids)),
};

Deno.test("sampleText() and judgeTokens() write and read the end of a text as GPT-2's samples do", () => {
  const ids = [256, 97, 98, 256, 256, 99];
  const text = "<|endoftext|>ab<|endoftext|><|endoftext|>c";
  assertEquals(sampleText(GPT2, ids), text);
  assertEquals(judgeTokens(GPT2, text), Uint32Array.from(ids));
  assertEquals(judgeTokens(GPT2, ""), new Uint32Array(0));
});

Deno.test("sampleText() and judgeTokens() leave the specials of other tokenizers out", async () => {
  const text8 = await createTokenizer("text8");
  const ids = [text8.bosId, ...text8.encode("a b"), text8.eosId];
  assertEquals(sampleText(text8, ids), "a b");
  assertEquals([...judgeTokens(text8, "a <|endoftext|>")], text8.encode("a endoftext"));
});

Deno.test("judgeSequences() fills the context, after a BOS if there is one", async () => {
  const ids = Uint32Array.of(10, 11, 12, 13, 14);
  const pieces = (tokenizer: Tokenizer, contextLength: number) =>
    judgeSequences({ tokenizer, contextLength }, ids).map((piece) => [...piece]);
  assertEquals(pieces(GPT2, 3), [[10, 11, 12], [13, 14]]);
  assertEquals(pieces(GPT2, 5), [[10, 11, 12, 13, 14]]);
  const text8 = await createTokenizer("text8");
  assertEquals(pieces(text8, 3), [[0, 10, 11], [0, 12, 13], [0, 14]]);
  assertEquals(judgeSequences({ tokenizer: text8, contextLength: 3 }, new Uint32Array(0)), []);
});
