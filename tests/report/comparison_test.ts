/**
 * The page that compares runs.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseConfig } from "../../lib/config/config.ts";
import { trainingConfig } from "../../lib/config/training_config.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import {
  configDifferences,
  curvePlots,
  renderComparison,
  runTable,
} from "../../tasks/report/comparison.ts";
import type { RunRecord } from "../../tasks/runs/run_record.ts";
import { HAS_CHROMIUM, runBesidePage } from "../testing/chromium.ts";

function record(name: string, lr: number, losses: number[], more = {}): RunRecord {
  const config = parseConfig({
    name: "tiny",
    data: { source: { kind: "file", path: "a.txt" }, length: 8, dir: "shards/a" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 40, batchSize: 2 },
    optim: { lr, warmupSteps: 0 },
  });
  const lines = losses.map((loss, i) => ({
    ...{ kind: "train", step: 10 * (i + 1), loss, tokensPerSecond: 100 * (i + 1) },
    ...{ dataSeconds: 1, deviceSeconds: 2 },
  }));
  return {
    ...{ name, run: `runs/${name}`, config, kind: "flm", state: null },
    ...{ train: config.train, optim: config.optim },
    metrics: [
      ...lines,
      { kind: "validation", step: 20, loss: 2.25 },
      { kind: "samples", step: 20, numSteps: 8, entropy: 2, text0: `<b> ${name}`, text1: "two" },
      { kind: "validation", step: 30, loss: 2.5 },
      ...[{ kind: "samples", step: 30, numSteps: 8, entropy: 3, text0: `${name} </script>` }],
      { kind: "end", step: 30, validationSeconds: 0.5, writingSeconds: 0.5 },
    ],
    checkpoints: [30, 20],
    ...more,
  };
}

const RUNS = [record("first", 1e-3, [4, NaN, 3]), record("second", 2e-3, [5, 2])];

Deno.test("runTable() says how far runs are, and what they lead to", () => {
  const { head, rows } = runTable(RUNS);
  const of = (name: string) => rows.map((row) => row[head.indexOf(name)]);
  assertEquals(of("steps"), ["30 of 40", "30 of 40"]);
  assertEquals(of("last loss"), ["3", "2"]);
  assertEquals(of("best validation"), ["2.25", "2.25"]);
  assertEquals(of("last validation"), ["2.5", "2.5"]);
  assertEquals(of("median tokens/s"), ["200", "150"]);
  assertEquals(of("time"), ["10 s", "7 s"]);
  assertEquals(of("checkpoints"), ["20, 30", "20, 30"]);
});

Deno.test("runTable() says which runs ended in time", () => {
  const train = { ...RUNS[0]!.config.train, minutes: 2.2 };
  const steps = (seconds?: number, numSteps = 40) => {
    const run = record("timed", 1e-3, [4], { train: { ...train, numSteps }, state: { seconds } });
    const { head, rows } = runTable([run]);
    return rows[0]![head.indexOf("steps")];
  };
  assertEquals(steps(132), "30 of 40, ended in time (2.2 minutes)");
  assertEquals(steps(131), "30 of 40");
  assertEquals(steps(), "30 of 40");
  assertEquals(steps(132, 30), "30 of 30");
});

Deno.test("renderComparison() says that losses of different models cannot be compared", async () => {
  const page = (...kinds: string[]) =>
    renderComparison(kinds.map((kind) => record(kind, 1e-3, [4], { kind })));
  const words = "are different things and cannot be compared.";
  const three = await page("flm", "ar", "psd");
  assertStringIncludes(
    three,
    `(FLM, autoregressive model, denoiser flow map) ${words} ` +
      `Compare FLM and denoiser flow map by ${taskCommand("eval-ppl")}.</p>`,
  );
  assertStringIncludes(await page("flm", "ar"), `(FLM, autoregressive model) ${words}</p>`);
  assertEquals((await page("flm", "flm")).includes(words), false);
});

Deno.test("curvePlots() has a plot for each measure, with the curve of each run", () => {
  const plots = curvePlots(RUNS);
  assertEquals(plots.map(({ title }) => title), [
    ...["loss", "tokensPerSecond", "dataSeconds", "deviceSeconds"].map((name) => `train/${name}`),
    "validation/loss",
    "samples/entropy (8 steps)",
  ]);
  assertEquals(plots[0]!.curves, [
    { run: 0, points: [[10, 4], [30, 3]] },
    { run: 1, points: [[10, 5], [20, 2]] },
  ]);
  const metrics = [{ kind: "samples", step: 20, numSteps: 1, entropy: 2 }];
  const [one] = curvePlots([record("one", 1, [], { metrics })]);
  assertEquals(one!.title, "samples/entropy (1 step)");
});

Deno.test("configDifferences() has the keys that are not the same in all runs", () => {
  assertEquals(configDifferences(RUNS), {
    head: ["key", "first", "second"],
    rows: [["optim.lr", "0.001", "0.002"]],
  });
  assertEquals(configDifferences([RUNS[0]!, RUNS[0]!]).rows, []);
});

Deno.test("configDifferences() has what each training of a recipe was trained by", () => {
  const { config } = RUNS[0]!;
  const recipe = {
    ...config,
    distill: {
      ...config.distill,
      train: { ...config.distill.train, minutes: 1.5 },
      optim: { ...config.distill.optim, beta2: 0.95 },
    },
  };
  const own = trainingConfig(recipe, "distill");
  const first = record("tiny", 1e-3, [4], { config: recipe });
  const distilled = record("tiny-distill", 1e-3, [4], { ...own, config: recipe, kind: "psd" });
  assertEquals(configDifferences([first, distilled]), {
    head: ["key", "tiny", "tiny-distill"],
    rows: [
      ["method", '"flm"', '"psd"'],
      ["train.minutes", "null", "1.5"],
      ["optim.beta2", String(config.optim.beta2), "0.95"],
    ],
  });
  const other = record("other", 1e-3, [4]);
  assertEquals(configDifferences([first, other]).rows, [], "what the first one does not heed");
});

Deno.test("renderComparison() shows the newest samples side by side, and where runs come from", async () => {
  const html = await renderComparison([
    RUNS[0]!,
    record("third", 1e-3, [1], {
      state: {
        ...{ commit: "abc123", adapter: "a <card>", backend: "dawn", dataHash: "da7a" },
        tokenizer: { name: "text8" },
        learnedFrom: { teacher: { step: 7, sha256: "0".repeat(64) } },
      },
    }),
  ]);
  assertStringIncludes(html, "<h3>8 steps</h3>");
  assertStringIncludes(html, "<td>first &lt;/script></td><td>third &lt;/script></td>");
  assertStringIncludes(html, "<th>first, step 30</th><th>third, step 30</th>");
  assertEquals(html.includes("&lt;b>"), false, "older samples");
  assertStringIncludes(html, "<p>There are none.</p>");
  assertStringIncludes(
    html,
    "<td>abc123</td><td>a &lt;card></td><td>dawn</td><td>da7a</td><td>text8</td>",
  );
  assertStringIncludes(html, "teacher: step 7, 000000000000");
  assertEquals(html.match(/(src|href)=|https?:(?!\/\/www\.w3\.org\/2000\/svg)/g), null);
});

Deno.test("renderComparison() tells runs of one name apart, and leaves out folders of the machine", async () => {
  const at = (run: string, dir: string, evalJudge: string | null) => {
    const made = record("tiny", 1e-3, [4], { run });
    const config = {
      ...made.config,
      data: { ...made.config.data, dir },
      train: { ...made.config.train, evalJudge },
    };
    return { ...made, config, train: config.train };
  };
  const html = await renderComparison([
    at("/home/ann/a/tiny", "/home/ann/shards/tiny", "/home/ann/judge"),
    at("/home/ann/b/tiny", "/home/ann/more/tiny", null),
    at("runs/other", "shards/tiny", "gpt2-large"),
  ]);
  assertStringIncludes(html, "<h1>Comparison of a/tiny, b/tiny, other</h1>");
  assertStringIncludes(
    html,
    '<script type="application/json" id="data">{"runs":["a/tiny","b/tiny"',
  );
  assertStringIncludes(html, "<th>a/tiny, step 30</th><th>b/tiny, step 30</th>");
  assertMatch(html, /<th [^>]*>a\/tiny<\/th><td>a\/tiny<\/td>/);
  assertMatch(html, /<th [^>]*>other<\/th><td>runs\/other<\/td>/);
  const rows = (key: string) => new RegExp(`>${key}</th><td>(.*?)</td></tr>`).exec(html)?.[1];
  assertEquals(
    rows("data.dir"),
    ["ann/shards/tiny", "more/tiny", "shards/tiny"].map((each) => `&quot;${each}&quot;`)
      .join("</td><td>"),
  );
  assertEquals(
    rows("train.evalJudge"),
    ["&quot;judge&quot;", "null", "&quot;gpt2-large&quot;"].join("</td><td>"),
  );
  assertEquals(html.includes("/home"), false);
});

Deno.test({
  name: "the page of renderComparison() draws curves, and a cursor that they share",
  ignore: !HAS_CHROMIUM,
  async fn() {
    const html = await renderComparison(RUNS);
    const seen = await runBesidePage(
      html,
      1200,
      `const page = frame.contentDocument;
      const figures = [...page.querySelectorAll("#curves figure")];
      const lines = figures.map((each) => each.querySelectorAll("polyline").length);
      const box = figures[0].querySelector("svg").getBoundingClientRect();
      const event = { clientX: box.right - 1, clientY: box.top + 50 };
      const move = () => figures[0].querySelector("svg").dispatchEvent(
        new frame.contentWindow.PointerEvent("pointermove", event),
      );
      const values = () => figures.map((each) => each.querySelector(".values").textContent.trim());
      move();
      const all = values();
      page.querySelector("#legend input").click();
      move();
      return { lines, all, one: values(), left: page.querySelectorAll("polyline").length };`,
    ) as { lines: number[]; all: string[]; one: string[]; left: number };
    assertEquals(seen.lines, [2, 2, 2, 2, 2, 2]);
    assertEquals(seen.all[0], "3 (30)  2 (20)");
    assertEquals(seen.all[4], "2.5 (30)  2.5 (30)");
    assertEquals(seen.one[0], "2 (20)");
    assertEquals(seen.left, 6);
    assert(seen.one.every((text) => text !== ""));
  },
});

Deno.test({
  name: "the page of renderComparison() draws no two of twenty runs in the same way",
  ignore: !HAS_CHROMIUM,
  async fn() {
    const runs = Array.from({ length: 20 }, (_, i) => record(`run${i}`, 1e-3, [4 + i, 3]));
    const seen = await runBesidePage(
      await renderComparison(runs),
      1200,
      `const page = frame.contentDocument;
      const strokes = (lines) => [...lines].map((line) =>
        line.getAttribute("stroke") + " " + line.getAttribute("stroke-dasharray")
      );
      return {
        curves: strokes(page.querySelector("#curves figure").querySelectorAll("polyline")),
        legend: strokes(page.querySelectorAll("#legend line")),
        names: [...page.querySelectorAll("#legend label")].map((label) => label.textContent),
      };`,
    ) as { curves: string[]; legend: string[]; names: string[] };
    assertEquals(new Set(seen.curves).size, 20);
    assertEquals(seen.legend, seen.curves);
    assertEquals(seen.names, runs.map(({ name }) => name));
  },
});

Deno.test({
  name: "the page of renderComparison() draws values that all but agree, and those after them",
  ignore: !HAS_CHROMIUM,
  async fn() {
    const rates = (name: string, lr: number, loss: number) =>
      record(name, lr, [], { metrics: [{ kind: "train", step: 1, lr, loss, gradNorm: loss }] });
    // Of the first all but the last bit is the same, and the second differ in their sixth digit.
    const html = await renderComparison([
      rates("first", 1e-4, 2),
      rates("second", 9.999999999999999e-5, 2.00001),
    ]);
    const seen = await runBesidePage(
      html,
      1200,
      `const figures = [...frame.contentDocument.querySelectorAll("#curves figure")];
      return figures.map((each) => ({
        dots: each.querySelectorAll("circle").length,
        ticks: [...each.querySelectorAll("text[text-anchor=end]")].map((tick) => tick.textContent),
      }));`,
    ) as { dots: number; ticks: string[] }[];
    assertEquals(seen.map(({ dots }) => dots), [2, 2, 2]);
    assertEquals(seen.map(({ ticks }) => ticks), [
      ["0.00009", "0.0001", "0.00011"],
      ["2", "2.000005", "2.00001"],
      ["2", "2.000005", "2.00001"],
    ]);
  },
});

Deno.test({
  name: "the page of renderComparison() has room for the numbers beside its axes",
  ignore: !HAS_CHROMIUM,
  async fn() {
    const metrics = [[123_456, 987_654_321], [654_321, 12_345_678_901]].map(([loss, bytes], i) => (
      { kind: "train", step: i + 1, loss: loss!, memoryBytes: bytes!, lr: 1e-7 * (1 + i * 1e-5) }
    ));
    const seen = await runBesidePage(
      await renderComparison([record("run", 1, [], { metrics })]),
      1200,
      `const labels = [...frame.contentDocument.querySelectorAll("#curves text[text-anchor=end]")];
      return labels.map((label) => [label.textContent, label.getBBox().x]);`,
    ) as [string, number][];
    assertEquals(seen.filter(([, x]) => x < 0), []);
    assert(seen.some(([text]) => text === "10 G"), String(seen));
  },
});
