/**
 * Table and plots of generative perplexities.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import {
  genPplFolder,
  type GenPplResult,
  type GenPplResults,
  readGenPpl,
  samplesName,
} from "../../tasks/gen_ppl/results.ts";
import { genPplCells, genPplMarkdown, genPplPlots, remarks } from "../../tasks/gen_ppl/table.ts";
import { textTable } from "../../tasks/report/text_table.ts";

const FIGURES = {
  ...{ perplexity: 98.765, bitsPerCharacter: 1.5, nll: 10, numScored: 3, entropy: 4.21 },
  ...{ uniqueTokens: 70.25, numTexts: 64, numEmpty: 0, numUnscored: 0, numChunked: 0 },
  numTruncated: 0,
};
const result = (numSteps: number, gamma: number | null, changes = {}): GenPplResult => ({
  ...{ numSteps, gamma, samples: `samples-${numSteps}.json`, ...FIGURES },
  ...changes,
});

const FOUND: GenPplResults = {
  ...{ format: "flm-gen-ppl", version: 1, model: "psd", step: 1000 },
  settings: {
    ...{ judge: "gpt2-large", revision: null, maxTokens: 128 },
    ...{ weights: "ema", numSamples: 64, seed: 0 },
  },
  validation: { ...FIGURES, perplexity: 20, dataHash: "" },
  results: [
    result(1, 0, { perplexity: null, bitsPerCharacter: null, numEmpty: 64, numUnscored: 64 }),
    result(4, 0.8),
  ],
  versions: { deno: "2", adapter: "a" },
};

Deno.test("genPplCells() has a row for each way to sample, and one for validation text", () => {
  assertEquals(
    textTable(genPplCells(FOUND)),
    `text               steps  gamma  perplexity  of validation text  entropy  unique tokens  bits/character
denoiser flow map      1      0        none                  20     4.21          70.25            none
denoiser flow map      4    0.8       98.77                  20     4.21          70.25             1.5
validation text                          20                  20     4.21          70.25             1.5`,
  );
  const plain = genPplCells({ model: "flm", results: [result(8, null)], validation: null });
  assertEquals(plain.rows, [["FLM", "8", "98.77", "none", "4.21", "70.25", "1.5"]]);
  assertEquals(plain.head.includes("gamma"), false);
});

Deno.test("genPplMarkdown() says how it was measured and what is unusual", () => {
  const markdown = genPplMarkdown("runs/x", FOUND);
  assertEquals(markdown.split("\n").slice(0, 6), [
    "# Generative perplexity of runs/x",
    "",
    "Judge gpt2-large, at most 128 tokens of a text. 64 samples for each number of steps, seed 0; " +
    "ema weights at step 1,000.",
    "",
    "| text              | steps | gamma | perplexity | of validation text | entropy | unique " +
    "tokens | bits/character |",
    "| ----------------- | ----: | ----: | ---------: | -----------------: | ------: | ----------" +
    "--: | -------------: |",
  ]);
  const listed = markdown.split("\n").filter((line) => line.startsWith("- "));
  assertEquals(listed, [
    "- samples-1.json: 64 of 64 texts: nothing but white space.",
    "- samples-1.json: 64 of 64 texts: no token that counts.",
  ]);
  assertEquals(remarks({ ...FIGURES, numChunked: 1, numTruncated: 2 }).length, 2);
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

Deno.test("samplesName() and genPplFolder() keep different settings apart", () => {
  const common = { checkpoint: "", numSamples: 1, seed: 0 };
  const name = (gamma: number | null, weights: "ema" | "model") =>
    samplesName({ ...common, numSteps: 8, gamma, weights });
  assertEquals(name(null, "ema"), "samples-8.json");
  assertEquals(name(0.5, "model"), "samples-8-gamma-0.5-model.json");
  assertEquals(genPplFolder("runs/a", "gpt2-large"), "runs/a/gen-ppl/gpt2-large");
  assertEquals(genPplFolder("runs/a", "/x y/my model/"), "runs/a/gen-ppl/my-model");
});

Deno.test("readGenPpl() gives null when there is nothing, and refuses other files", async () => {
  const run = await Deno.makeTempDir();
  try {
    assertEquals(await readGenPpl(run, "a/b"), null);
    await Deno.mkdir(`${run}/gen-ppl/b`, { recursive: true });
    for (const text of ["{", "null", "{}", JSON.stringify({ ...FOUND, version: 2 })]) {
      await Deno.writeTextFile(`${run}/gen-ppl/b/results.json`, text);
      await assertRejects(() => readGenPpl(run, "a/b"), DataError, "deno task gen-ppl");
    }
    await Deno.writeTextFile(`${run}/gen-ppl/b/results.json`, JSON.stringify(FOUND));
    assertEquals(await readGenPpl(run, "a/b"), FOUND);
  } finally {
    await Deno.remove(run, { recursive: true });
  }
});
