/**
 * Results that are added to those before.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Weights } from "../../lib/checkpoint/trained_model.ts";
import { addResults, findResult } from "../../tasks/gen_ppl/accumulate.ts";
import type { GenPplResult, ResultWay } from "../../tasks/gen_ppl/results.ts";
import { FIGURES } from "../testing/gen_ppl.ts";

const WAY: ResultWay = {
  ...{ weights: "ema", numSteps: 4, gamma: null, temperature: 1, topP: 1 },
  ...{ numSamples: 64, seed: 0, maxTokens: null },
};

/** A row that can be told from others by its perplexity. */
const row = (perplexity: number, way: Partial<ResultWay> = {}): GenPplResult => ({
  ...{ ...FIGURES, ...WAY, ...way, perplexity },
  ...{ samples: "samples.json", validation: null },
});

const NONE = { results: [], validation: [] };

Deno.test("addResults() keeps the rows of all weights, of each decay too", () => {
  const weights: Weights[] = ["model", "ema:0.9", "ema", "ema:0.99"];
  const added = weights.reduce(
    (before, each, i) => addResults(before, [row(i, { weights: each })], null),
    NONE as ReturnType<typeof addResults>,
  );
  const found = added.results.map(({ weights, perplexity }) => `${weights} ${perplexity}`);
  assertEquals(found, ["ema 2", "ema:0.9 1", "ema:0.99 3", "model 0"]);
  for (const [i, each] of weights.entries()) {
    assertEquals(findResult(added, { ...WAY, weights: each })?.perplexity, i, each);
  }
  assertEquals(findResult(added, { ...WAY, weights: "ema:0.5" }), undefined);
});

Deno.test("addResults() has one row of a way, the last one, in the order of steps", () => {
  const ways = [{ numSteps: 16 }, { numSteps: 2 }, { gamma: 0.5 }, {}, { numSteps: 2 }];
  const { results } = addResults(NONE, ways.map((way, i) => row(i, way)), null);
  const found = results.map(({ numSteps, gamma, perplexity }) => [numSteps, gamma, perplexity]);
  assertEquals(found, [[2, null, 4], [4, null, 3], [4, 0.5, 2], [16, null, 0]]);
});
