import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cardPage, peaksOf, shareOf } from "../../../bench/card/page.ts";
import { cardReport, figure, job, PEAKS } from "./figures.ts";

/** A row of a table without the blanks that fill its cells. */
const rowsOf = (page: string) => page.replaceAll(/ +/g, " ");

Deno.test("cardPage() says on what machine, with the card before and after", () => {
  const page = rowsOf(cardPage(cardReport([])));
  for (
    const line of [
      "| flm | 0.1.0, commit abc, on Deno 2.9.6 |",
      "| measured | 2026-01-02T03:04:05.000Z, 400 s of 420 s |",
      "| CUDA_VISIBLE_DEVICES | 0 |",
      "| name | NVIDIA X |",
      "| clocks.sm | 345, 1980 at the end |",
    ]
  ) assertStringIncludes(page, line);
});

Deno.test("cardPage() has every figure with its unit and its share of the backend's peak", () => {
  const products = job({
    events: [
      figure({ isChosen: true }),
      figure({ way: "f16 matrix", peak: "matrix", clock: "host", seconds: 1, rate: 3e9 }),
    ],
  });
  const training = job({
    section: "training",
    events: [
      figure({
        name: "lm1b",
        way: "f32",
        rate: 1234,
        unit: "tokens/s",
        flops: 4e12,
        note: "8 GiB",
      }),
    ],
  });
  const page = rowsOf(cardPage(cardReport([PEAKS, products, training])));
  for (
    const line of [
      "| cube 8x8x8 | f32 tile32x32 (chosen) | builtin | 5 TFLOP/s | 2 ms | 25.0 % (f32) | |",
      "| cube 8x8x8 | f16 matrix | builtin | 3 GFLOP/s | 1000 ms * | | |",
      "| copy | by a kernel | builtin | 2 TB/s | 2 ms | 100 % (copy) | |",
      "| lm1b 8x8x8 | f32 | builtin | 1234 tokens/s | 2 ms | 20.0 % (f32) | 8 GiB, 4 TFLOP/s |",
    ]
  ) assertStringIncludes(page, line);
});

Deno.test("cardPage() says what is wrong, what failed, what was left out and why", () => {
  const page = rowsOf(cardPage(cardReport([
    job({
      section: "answers",
      events: [
        { event: "answer", name: "softmax", error: 2e-9, isRight: true },
        { event: "answer", name: "product, matrix", error: null, isRight: false },
      ],
    }),
    job({
      ...{ state: "ended", why: "its time was over" },
      events: [
        { event: "skip", item: "a", why: "no time was left" },
        { event: "skip", item: "b", why: "no time was left" },
        { event: "fault", item: "c", message: "lost\nthe device" },
      ],
    }),
    job({
      section: "tests",
      events: [
        { event: "tests", file: "a_test.ts", passed: 1200, failed: 0, failures: [] },
        { event: "tests", file: "b_test.ts", passed: 3, failed: 1, failures: ["f() does x"] },
      ],
    }),
    job({ section: "sampling", backend: "dawn", state: "left out", why: "there is no dawn" }),
  ])));
  for (
    const line of [
      "| softmax | builtin | right | 2.0e-9 |",
      "| product, matrix | builtin | **wrong** | no number |",
      "- builtin: left out, no time was left: a; b\n",
      "- builtin, c: **failed**, lost the device\n",
      "- builtin: ended, its time was over\n",
      "builtin: 1,203 passed, 1 failed, in 2 files",
      "- b_test.ts: f() does x",
      "- dawn: left out, there is no dawn",
    ]
  ) assertStringIncludes(page, line);
});

Deno.test("cardPage() shows losses and where the time goes", () => {
  const page = rowsOf(cardPage(cardReport([job({
    section: "training",
    events: [
      {
        ...{ event: "losses", name: "on text", way: "mixed", steps: 400 },
        ...{ first: 8, last: 8.5, seconds: 3 },
      },
      {
        ...{ event: "profile", name: "owt", way: "f32" },
        rows: [{ kernel: "k", share: 0.5, calls: 3, seconds: 0.1, flops: 0, bytes: 3e12 }],
      },
    ],
  })])));
  assertMatch(
    page,
    /on text, mixed, builtin: loss 8 → 8\.5 nats a token in 400 steps, 3 s: .*not fall/,
  );
  assertStringIncludes(page, "| k | 50.0 % | 3 | 100 | | 3000 |");
});

Deno.test("peaksOf() takes the highest of a kind, and shareOf() what has one", () => {
  const peaks = peaksOf([PEAKS, job({ events: [figure({ rate: 1e15 })] })]);
  assertEquals(peaks, { builtin: { f32: 20e12, copy: 2e12 }, dawn: {} });
  assertEquals(shareOf(figure({ rate: 10e12 }), peaks.builtin), "50.0 % (f32)");
  assertEquals(shareOf(figure({ peak: "f16" }), peaks.builtin), "");
  assertEquals(shareOf(figure({ unit: "texts/s" }), peaks.builtin), "");
});
