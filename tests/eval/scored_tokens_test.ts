/**
 * Which tokens count.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { addSums, perplexityOf, scoredTokens, sumScored } from "../../lib/eval/scored_tokens.ts";

Deno.test("scoredTokens() leaves out every EOS but the first", () => {
  const scored = (...ids: number[]) => [...scoredTokens(ids, 9)].join("");
  assertEquals(scored(), "");
  assertEquals(scored(1), "");
  assertEquals(scored(1, 2, 9, 3, 9, 9, 4), "111001");
  assertEquals(scored(9, 1, 9), "10");
  assertEquals(scored(9, 9, 9), "00");
});

Deno.test("sumScored() takes what counts, even if the rest is no number", () => {
  assertEquals(sumScored([1, NaN, 2, Infinity], [1, 0, 1]), { nll: 3, numScored: 2 });
  assertEquals(addSums([{ nll: 1, numScored: 2 }, { nll: 4, numScored: 1 }]), {
    nll: 5,
    numScored: 3,
  });
  assertEquals(perplexityOf({ nll: 6, numScored: 3 }), Math.exp(2));
  assertEquals(perplexityOf({ nll: 0, numScored: 0 }), null);
});
