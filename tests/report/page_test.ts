/**
 * Table and page of a report.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawPlot, type Plot, thinned } from "../../tasks/figures/plots.ts";
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
import { HAS_CHROMIUM, runInChromium } from "../testing/chromium.ts";

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

Deno.test("drawPlot() takes equal space for equal ratios on a logarithmic axis", async () => {
  const points = [1, 10, 100].map((y, x) => ({ x, y, line: "a" }));
  const plot = { title: "Three", x: "x", y: "y", points, logarithmic: true };
  const [, path] = /"line mark" d="([^"]+)"/.exec(await drawPlot(plot))!;
  assertEquals(path, "M0,220L190,110L380,0");
});

/** The numbers at the vertical axis of a plot, and the height in pixels of its first line. */
async function axisOf(ys: readonly number[], options: Partial<Plot>) {
  const points = ys.map((y, i) => ({ x: 2 ** i, y, line: "a" }));
  const svg = await drawPlot({ title: "t", x: "x", y: "y", points, doubling: true, ...options });
  const axis = svg.slice(svg.indexOf("role-axis-label", svg.indexOf("Y-axis")));
  const labels = axis.slice(0, axis.indexOf("role-axis-title")).matchAll(/>([^<>]+)<\/text>/g);
  const [, path] = /"line mark" d="M([^"]+)"/.exec(svg)!;
  const heights = path!.split("L").map((point) => Number(point.split(",")[1]));
  return {
    labels: [...labels].map(([, label]) => Number.parseFloat(label!)),
    height: Math.max(...heights) - Math.min(...heights),
  };
}

Deno.test("drawPlot() has vertical axes that fit their values", async () => {
  const cases: [number[], Partial<Plot>, [number, number]][] = [
    // Not a whole decade, and not from 0 on.
    [[16.9, 15.2], { logarithmic: true }, [15, 17]],
    [[2.61, 2.67], {}, [2.61, 2.67]],
    [[0.97, 0.99], { most: 1 }, [0.97, 0.99]],
    [[0.1, 1], { most: 1, format: "%" }, [0, 100]],
    [[1, 26], { most: 26 }, [0, 25]],
    [[0, 4], {}, [0, 4]],
  ];
  for (const [ys, options, [least, most]] of cases) {
    const { labels, height } = await axisOf(ys, options);
    assertEquals([Math.min(...labels), Math.max(...labels)], [least, most], `${ys}`);
    assert(height > 110, `${ys}: ${height} of 220 pixels`);
  }
  // A lone value has an axis, too.
  for (const value of [0, 1, 16]) {
    const { labels } = await axisOf([value, value], { most: Math.max(1, value) });
    assert(Math.min(...labels) >= 0 && labels.length > 1, `${value}: ${labels}`);
  }
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

Deno.test("thinned() takes means of neighbours when there are many points", () => {
  const points = Array.from({ length: 1001 }, (_, i) => ({ x: i, y: 2 * i, line: "a" }));
  const few = thinned(points);
  assertEquals(few.length, Math.ceil(1001 / 3));
  assertEquals(few[0], { x: 1, y: 2, line: "a" });
  assertEquals(few.at(-1), { x: 999.5, y: 1999, line: "a" });
  assertEquals(thinned(points.slice(0, 400)), points.slice(0, 400));
  assertEquals(thinned([]), []);
});

Deno.test("drawPlot() draws every line, and its axes' names", async () => {
  const points = [1, 2].flatMap((x) => [{ x, y: x, line: "up" }, { x, y: 3 - x, line: "down" }]);
  const svg = await drawPlot({ title: "Two", x: "steps", y: "height", points });
  for (const text of ["steps", "height", "up", "down"]) {
    assertStringIncludes(svg, `>${text}</text>`);
  }
  const lines = [...svg.matchAll(/<path [^>]*"line mark" d="([^"]+)"/g)].map(([, path]) => path);
  assertEquals(lines, ["M190,220L380,0", "M190,0L380,220"]);
});

Deno.test("drawPlot() draws a point that no line leads to", async () => {
  const line = [{ x: 0, y: 1, line: "line" }, { x: 4, y: 3, line: "line" }];
  const drawn = async (points: Plot["points"]) => {
    const svg = await drawPlot({ title: "Few", x: "steps", y: "height", points });
    return [...svg.matchAll(/"circle" transform="translate\(([^)]*)\)"/g)].map(([, at]) => at);
  };
  assertEquals(await drawn(line), []);
  assertEquals(await drawn([...line, { x: 2, y: 2, line: "alone" }]), ["190,110"]);
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
    const width = await runInChromium(
      `const frame = document.createElement("iframe");
      Object.assign(frame.style, { width: "390px", height: "800px", border: "0" });
      frame.src = "/report.html";
      const loaded = new Promise((resolve) => frame.onload = resolve);
      document.documentElement.append(frame);
      await loaded;
      return frame.contentDocument.documentElement.scrollWidth;`,
      () => new Response(html, { headers: { "content-type": "text/html" } }),
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
