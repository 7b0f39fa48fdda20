/**
 * Table and plots of generative perplexities.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { textTable } from "../../tasks/figures/text_table.ts";
import type { Anchor, GenPplResult, GenPplResults } from "../../tasks/gen_ppl/results.ts";
import {
  describeGenPpl,
  genPplMarkdown,
  genPplPlots,
  genPplTable,
  remarks,
} from "../../tasks/gen_ppl/table.ts";
import { FIGURES } from "../testing/gen_ppl.ts";

const result = (numSteps: number, gamma: number | null, changes = {}): GenPplResult => ({
  ...{ weights: "ema", numSteps, gamma, numSamples: 64, seed: 0, maxTokens: 128 },
  ...{ samples: `samples-${numSteps}.json`, validation: "v", ...FIGURES },
  ...changes,
});
const ANCHOR: Anchor = { ...FIGURES, perplexity: 20, texts: "v", maxTokens: 128 };

const FOUND: GenPplResults = {
  ...{ judge: "gpt2-large", revision: null, judgeHash: "j", model: "psd", checkpoint: "c" },
  step: 1000,
  validation: [ANCHOR],
  results: [
    result(1, 0, { perplexity: null, bitsPerCharacter: null, numEmpty: 64, numUnscored: 64 }),
    result(4, 0.8),
  ],
  versions: { deno: "2", adapter: "a" },
};

Deno.test("genPplTable() has a row for each way to sample, and one for validation text", () => {
  assertEquals(
    textTable(genPplTable(FOUND)),
    `text               steps  gamma  perplexity  of validation text  entropy (nats)  unique tokens  bits/character
denoiser flow map      1      0        none                  20            4.21          70.25            none
denoiser flow map      4    0.8       98.77                  20            4.21          70.25             1.5
validation text                       20.00                  20            4.21          70.25             1.5`,
  );
  const plain = genPplTable({
    ...FOUND,
    ...{ model: "flm", results: [result(8, null, { validation: null })], validation: [] },
  });
  assertEquals(plain.rows, [["FLM", "8", "98.77", "none", "4.21", "70.25", "1.5"]]);
  assertEquals(plain.head.includes("gamma"), false);
});

Deno.test("genPplTable() and describeGenPpl() tell of a temperature and a top-p", () => {
  const sharp = { temperature: 0.6, topP: 0.9 };
  const found = (...results: GenPplResult[]) => ({ ...FOUND, model: "flm", results });
  const table = genPplTable(found(result(8, null), result(8, null, sharp)));
  assertEquals(table.head.slice(1, 4), ["steps", "temperature", "top-p"]);
  assertEquals(table.rows.map((row) => row.slice(1, 4)), [
    ["8", "1", "1"],
    ["8", "0.6", "0.9"],
    ["", "", ""],
  ]);
  const words = "Step 1,000, temperature 0.6, top-p 0.9, ema weights, 64 samples each, seed 0, ";
  assertStringIncludes(describeGenPpl(found(result(8, null, sharp))), words);
  const lines = genPplPlots(found(result(8, null), result(8, null, sharp))).perplexity.points
    .map(({ line }) => line);
  assertEquals([...new Set(lines)], [
    "FLM, temperature 1, top-p 1",
    "FLM, temperature 0.6, top-p 0.9",
    "validation text",
  ]);
});

Deno.test("genPplTable() has a column for each setting in which results differ", () => {
  const results = [
    result(1, null),
    result(1, null, { weights: "model", numSamples: 1000, maxTokens: null, validation: "w" }),
  ];
  const all: Anchor = { ...ANCHOR, perplexity: 30, numTexts: 1000, texts: "w", maxTokens: null };
  const found: GenPplResults = { ...FOUND, model: "flm", results, validation: [ANCHOR, all] };
  assertEquals(
    describeGenPpl(found),
    `Judge gpt2-large. Step 1,000, seed 0.
text             steps  weights  samples  at most tokens  perplexity  of validation text  entropy (nats)  unique tokens  bits/character
FLM                  1      ema       64             128       98.77                  20            4.21          70.25             1.5
FLM                  1    model    1,000             all       98.77                  30            4.21          70.25             1.5
validation text                       64             128       20.00                  20            4.21          70.25             1.5
validation text                    1,000             all       30.00                  30            4.21          70.25             1.5`,
  );
  const { perplexity } = genPplPlots(found);
  assertEquals([...new Set(perplexity.points.map(({ line }) => line))], [
    "FLM, ema weights, 64 samples each, at most 128 tokens of a text",
    "FLM, model weights, 1,000 samples each, all tokens of a text",
    "validation text 1",
    "validation text 2",
  ]);
});

Deno.test("genPplMarkdown() says how it was measured and what is unusual", () => {
  const markdown = genPplMarkdown("runs/x", FOUND);
  assertEquals(markdown.split("\n").slice(0, 6), [
    "# Generative perplexity of runs/x",
    "",
    "Judge gpt2-large. Step 1,000, ema weights, 64 samples each, seed 0, at most 128 tokens of a " +
    "text.",
    "",
    "| text              | steps | gamma | perplexity | of validation text | entropy (nats) | " +
    "unique tokens | bits/character |",
    "| ----------------- | ----: | ----: | ---------: | -----------------: | -------------: | " +
    "------------: | -------------: |",
  ]);
  const listed = markdown.split("\n").filter((line) => line.startsWith("- "));
  assertEquals(listed, [
    "- samples-1.json: 64 of 64 texts: nothing but white space.",
    "- samples-1.json: 64 of 64 texts: no token that counts.",
  ]);
  const [chunked, ...others] = remarks({ ...FIGURES, numChunked: 1, numTruncated: 2 });
  assertEquals(
    chunked,
    "1 of 64 texts: more tokens than the judge sees at once (a judge of your own: a block, BOS " +
      "included), so that they were scored in pieces.",
  );
  assertEquals(others.length, 1);
});

Deno.test("genPplPlots() leaves out what is not a number", () => {
  const { perplexity, entropy } = genPplPlots(FOUND);
  assertEquals(perplexity.points, [
    { x: 4, y: 98.765, line: "denoiser flow map, gamma 0.8" },
    { x: 1, y: 20, line: "validation text" },
    { x: 4, y: 20, line: "validation text" },
  ]);
  assertEquals(entropy.points.length, 4);
});
