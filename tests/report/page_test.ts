/**
 * Table and page of a report.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { textTable } from "../../tasks/figures/text_table.ts";
import {
  lossPlot,
  qualityPlots,
  renderReport,
  type ReportContent,
} from "../../tasks/report/page.ts";
import {
  describeQuality,
  type ModelQuality,
  qualityTable,
} from "../../tasks/report/quality_table.ts";
import { HAS_CHROMIUM, runBesidePage } from "../testing/chromium.ts";

const OF_TEXT = { entropy: 1.23456, uniqueTokens: 7.5 };
const MEASURED = { metrics: OF_TEXT, texts: ["a <b> & c", "two\nlines"] };

/** What is measured of letters. */
function letters(validity: number, letters: number) {
  return { ...MEASURED, metrics: { validity, letters, ...OF_TEXT } };
}

const TEXT: ModelQuality[] = [{
  model: "flm",
  results: [{ numSteps: 1, gamma: null, ...MEASURED }, { numSteps: 16, gamma: null, ...MEASURED }],
}];
const LETTERS: ModelQuality[] = [
  {
    model: "flm",
    results: [{ numSteps: 1, gamma: null, ...letters(0.0666, 18) }],
  },
  {
    model: "psd",
    results: [
      { numSteps: 1, gamma: 0, ...letters(1, 26) },
      { numSteps: 16, gamma: 0.8, ...letters(0.5, 9) },
    ],
  },
];
const REST = {
  step: 5,
  weights: "ema" as const,
  settings: { numSteps: [1, 16], gammas: [0, 0.8], numSamples: 2, seed: 0 },
};
const METRICS = [
  { kind: "train", step: 10, loss: 3 },
  { kind: "train", step: 20, loss: NaN },
  { kind: "train", step: 30, loss: 2 },
  { kind: "validation", step: 30, loss: 2.5 },
];

Deno.test("qualityTable() has the columns that were measured", () => {
  assertEquals(
    textTable(qualityTable(LETTERS)),
    `model              steps  gamma  validity  letters seen
FLM                    1            6.7 %            18
denoiser flow map      1      0   100.0 %            26
denoiser flow map     16    0.8    50.0 %             9`,
  );
  assertEquals(
    textTable(qualityTable(TEXT)),
    `model  steps  entropy (nats)  unique tokens
FLM        1           1.235            7.5
FLM       16           1.235            7.5`,
  );
});

const JUDGED: ModelQuality[] = [
  {
    model: "flm",
    results: [
      { numSteps: 1, gamma: null, ...MEASURED, perplexity: null, validationPerplexity: 20 },
      { numSteps: 16, gamma: null, ...MEASURED, perplexity: 98.76, validationPerplexity: 20 },
    ],
  },
];

Deno.test("qualityTable() and qualityPlots() show perplexities beside entropies", () => {
  const judge = { judge: "gpt2-large", revision: null, judgeHash: null, maxTokens: 128 };
  assertEquals(
    describeQuality({ evaluations: JUDGED.map((each) => ({ ...each, ...REST })), judge }),
    `model  steps  perplexity  of validation text  entropy (nats)  unique tokens
FLM        1        none                  20           1.235            7.5
FLM       16       98.76                  20           1.235            7.5

Perplexities are those of the judge gpt2-large, over at most 128 tokens of a text.`,
  );
  const judged = LETTERS[0]!.results.map((result) => ({ ...result, perplexity: 3 }));
  assertEquals(
    textTable(qualityTable([{ ...LETTERS[0]!, results: judged }])),
    `model  steps  validity  letters seen  perplexity  of validation text  entropy (nats)
FLM        1     6.7 %            18           3                               1.235`,
  );
  const [perplexity, entropy] = qualityPlots(JUDGED);
  assertEquals(perplexity!.points, [{ x: 16, y: 98.76, line: "FLM" }]);
  assertEquals(entropy!.points.length, 2);
});

Deno.test("qualityPlots() shows what was measured by steps, a line for each way to sample", () => {
  const [validity, letters] = qualityPlots(LETTERS);
  assertEquals(validity!.points, [
    { x: 1, y: 0.0666, line: "FLM" },
    { x: 1, y: 1, line: "denoiser flow map" },
    { x: 16, y: 0.5, line: "denoiser flow map, gamma 0.8" },
  ]);
  assertEquals(letters!.points.map(({ y }) => y), [18, 26, 9]);
  assertEquals(qualityPlots(TEXT).map(({ points }) => points[0]!.y), [1.23456, 7.5]);
});

Deno.test("lossPlot() shows losses of training and validation that are numbers", () => {
  const { points } = lossPlot({ model: "flm", run: "runs/x", metrics: METRICS });
  assertEquals(points, [
    { x: 10, y: 3, line: "training" },
    { x: 30, y: 2, line: "training" },
    { x: 30, y: 2.5, line: "validation, averaged weights" },
  ]);
});

/** What is wrong with the tags of a page, or null. */
function tagProblem(html: string): string | null {
  const open: string[] = [];
  const body = html.replace(/<!DOCTYPE html>/, "").replace(/<style>.*?<\/style>/s, "");
  for (const [tag, slash, name, attributes] of body.matchAll(/<(\/?)([a-zA-Z]\w*)([^<>]*)>/g)) {
    if (slash === "/") {
      if (open.pop() !== name) return `${tag} closes nothing`;
    } else if (name !== "meta" && !attributes!.endsWith("/")) open.push(name!);
  }
  const rest = body.replaceAll(/<\/?[a-zA-Z]\w*[^<>]*>/g, "");
  if (rest.includes("<")) return `a stray < in ${rest.slice(rest.indexOf("<"), 40)}`;
  return open.length === 0 ? null : `not closed: ${open}`;
}

/** What {@linkcode renderReport} is told. */
const CONTENT: ReportContent = {
  name: "tiny",
  config: "name: tiny # <&>",
  trainings: [
    { model: "flm", run: "runs/tiny", metrics: METRICS, seconds: 75 },
    { model: "psd", run: "runs/tiny-distill", metrics: METRICS },
  ],
  qualities: {
    evaluations: LETTERS.map((each) => ({ ...each, ...REST })),
    judge: { judge: "runs/<tiny>-ar", revision: null, judgeHash: null, maxTokens: null },
  },
  missed: ["FLM, 1 step: validity 6.7 %, expected at least 7.0 %"],
};

Deno.test({
  name: "renderReport() makes a page that does not scroll sideways on a phone",
  ignore: !HAS_CHROMIUM,
  async fn() {
    const long = "long".repeat(200);
    const results = LETTERS[1]!.results.map((result) => ({
      ...{ ...result, perplexity: 12345.6, validationPerplexity: 9.5 },
      texts: [long],
    }));
    const html = await renderReport({
      ...CONTENT,
      config: `name: ${long}`,
      trainings: [{ model: "psd", run: `runs/${long}`, metrics: METRICS }],
      qualities: {
        evaluations: [{ model: "psd", results, ...REST }],
        judge: { judge: long, revision: null, judgeHash: null, maxTokens: null },
      },
      missed: [long],
    });
    const width = await runBesidePage(
      html,
      390,
      `return frame.contentDocument.documentElement.scrollWidth;`,
    );
    assert((width as number) <= 390, `${width} pixels`);
  },
});

Deno.test("renderReport() makes one well-formed page that holds its plots", async () => {
  const html = await renderReport(CONTENT);
  assertEquals(tagProblem(html), null);
  const titles = [...html.matchAll(/<svg role="img" aria-label="([^"]+)"/g)].map((tag) => tag[1]);
  assertEquals(titles, [
    ...qualityPlots(LETTERS).map(({ title }) => title),
    "Loss of the FLM",
    "Loss of the denoiser flow map",
  ]);
  assertStringIncludes(
    html,
    '<th scope="row">FLM</th><td>30</td><td>2</td><td>2.5</td><td>1m 15s</td>',
  );
  assertStringIncludes(html, "<h3>denoiser flow map, 16 steps, gamma 0.8</h3>");
  assertStringIncludes(html, "a &lt;b> &amp; c\ntwo / lines");
  assertStringIncludes(html, "those of the judge runs/&lt;tiny>-ar, over all tokens of a text.");
  assertStringIncludes(html, "Missed: FLM, 1 step");
  assertStringIncludes(html, "name: tiny # &lt;&amp;>");
  // Nothing is loaded from elsewhere.
  const addresses = [...html.matchAll(/(\w+(?::\w+)?)="https?:[^"]*"/g)].map(([, name]) => name!);
  assert(addresses.every((name) => name.startsWith("xmlns")), addresses.join());
  assert(!/\b(src|href)=|@import|url\(/.test(html));
});

Deno.test("renderReport() shows what was measured of a training whose metrics are lost", async () => {
  const trainings = [{ model: "flm", run: "runs/tiny", metrics: [] }] as const;
  const html = await renderReport({ ...CONTENT, trainings });
  assertStringIncludes(html, '<th scope="row">FLM</th><td></td><td></td><td></td><td></td>');
  assert(!html.includes("Loss of the FLM"));
});
