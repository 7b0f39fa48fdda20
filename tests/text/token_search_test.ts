/**
 * Tests of byte pairs without merging.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { BytePairs } from "../../lib/text/byte_pairs.ts";
import { ByteVocabulary } from "../../lib/text/byte_vocabulary.ts";
import { TokenSearch } from "../../lib/text/token_search.ts";
import { GPT2_TOKENS, randomBytes } from "../testing/byte_pairs.ts";
import { randomIntegers } from "../testing/random_integers.ts";

const pairs = new BytePairs(GPT2_TOKENS);
const search = new TokenSearch(new ByteVocabulary(GPT2_TOKENS), pairs.areTokens.bind(pairs));

Deno.test("TokenSearch finds the tokens that merging makes", () => {
  const below = randomIntegers(11);
  for (let i = 0; i < 2000; i++) {
    const bytes = randomBytes(1 + below(300), below);
    const text = new DataView(bytes.buffer);
    const from = below(bytes.length);
    assertEquals(search.encode(text, from, bytes.length), pairs.merge(text, from, bytes.length));
  }
  assertEquals(search.encode(new DataView(new ArrayBuffer(4)), 2, 2), []);
});

Deno.test("TokenSearch.fits() says whether two tokens stay two", () => {
  const id = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return pairs.merge(new DataView(bytes.buffer), 0, bytes.length)[0]!;
  };
  for (let i = 0; i < 2; i++) {
    assertEquals(search.fits(id("t"), id("h")), false);
    assertEquals(search.fits(id("th"), id("q")), true);
  }
});
