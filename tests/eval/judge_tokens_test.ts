/**
 * Texts as the tokens of a judge.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { judgeSequences, judgeTokens, sampleText } from "../../lib/eval/judge_tokens.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";

const GPT2 = await createTokenizer("gpt2");

Deno.test("sampleText() and judgeTokens() write and read the end of a text as GPT-2's samples do", () => {
  const eos = GPT2.eosId;
  const ids = [eos, ...GPT2.encode("ab"), eos, eos, ...GPT2.encode("c")];
  const text = "<|endoftext|>ab<|endoftext|><|endoftext|>c";
  assertEquals(sampleText(GPT2, ids), text);
  assertEquals(judgeTokens(GPT2, text), Uint32Array.from(ids));
  assertEquals(judgeTokens(GPT2, text), Uint32Array.from([50256, 397, 50256, 50256, 66]));
  assertEquals(judgeTokens(GPT2, ""), new Uint32Array(0));
});

Deno.test("sampleText() and judgeTokens() leave the specials of other tokenizers out", async () => {
  const text8 = await createTokenizer("text8");
  const ids = [text8.bosId, ...text8.encode("a b"), text8.eosId];
  assertEquals(sampleText(text8, ids), "a b");
  assertEquals([...judgeTokens(text8, "a <|endoftext|>")], text8.encode("a endoftext"));
});

Deno.test("judgeSequences() fills the context, after a start token if there is one", () => {
  const ids = Uint32Array.of(10, 11, 12, 13, 14);
  const pieces = (startId: number | null, contextLength: number) =>
    judgeSequences({ startId, contextLength }, ids).map((piece) => [...piece]);
  assertEquals(pieces(null, 3), [[10, 11, 12], [13, 14]]);
  assertEquals(pieces(null, 5), [[10, 11, 12, 13, 14]]);
  assertEquals(pieces(0, 3), [[0, 10, 11], [0, 12, 13], [0, 14]]);
  // A text that fills a block of the judge leaves no room for the start token.
  assertEquals(pieces(0, 5), [[0, 10, 11, 12, 13], [0, 14]]);
  assertEquals(judgeSequences({ startId: 0, contextLength: 3 }, new Uint32Array(0)), []);
});
