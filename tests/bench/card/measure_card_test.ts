import { assertEquals } from "@std/assert";
import { jobsOf } from "../../../bench/card/budget.ts";
import type { CardEvent } from "../../../bench/card/events.ts";
import type { JobReport } from "../../../bench/card/jobs.ts";
import { describeEvent, knownOf, measureCard } from "../../../bench/card/measure_card.ts";
import { figure, job, PEAKS } from "./figures.ts";

Deno.test("measureCard() leaves a backend out that could not begin, and measures by the other", async () => {
  const lines: string[] = [];
  let numWritten = 0;
  const reports = await measureCard({
    ...{ jobs: jobsOf(["answers", "peaks"]), seconds: 60, memoryBytes: null },
    log: (line) => lines.push(line.replace(/^\[\d+ s\] /, "")),
    onJob: () => Promise.resolve(void numWritten++),
    run: (own) =>
      Promise.resolve(
        own.backend === "dawn"
          ? job({ ...own, state: "failed", why: "no adapter" })
          : job({ ...own }),
      ),
  });
  assertEquals(reports.map(({ section, backend, state }) => `${section} ${backend} ${state}`), [
    "answers builtin done",
    "answers dawn failed",
    "peaks builtin done",
    "peaks dawn left out",
  ]);
  assertEquals(numWritten, 3);
  assertEquals(lines.at(-1), "peaks, dawn: left out, dawn could not begin, see its first section");
});

Deno.test("measureCard() gives the time of a backend that is missing to the other", async () => {
  const budgets: number[] = [];
  await measureCard({
    ...{ jobs: jobsOf(["peaks", "peaks"], ["dawn", "builtin"]), seconds: 1000, memoryBytes: null },
    ...{ log: () => {}, onJob: () => Promise.resolve() },
    run: (own, { seconds }) => {
      budgets.push(Math.round(seconds));
      return Promise.resolve(job({ ...own, state: own.backend === "dawn" ? "failed" : "done" }));
    },
  });
  assertEquals(budgets, [250, 500, 1000]);
});

Deno.test("measureCard() begins nothing when no time is left", async () => {
  const reports = await measureCard({
    ...{ jobs: jobsOf(["peaks"], ["builtin"]), seconds: 0.5, memoryBytes: null },
    ...{ log: () => {}, onJob: () => Promise.resolve() },
    run: () => Promise.reject(new Error("it was begun")),
  });
  assertEquals(reports.map(({ state, why }) => [state, why]), [["left out", "no time was left"]]);
});

Deno.test("measureCard() says once that no time is left", async () => {
  const lines: string[] = [];
  await measureCard({
    ...{ jobs: jobsOf(["peaks"], ["builtin"]), seconds: 60, memoryBytes: null },
    log: (line) => lines.push(line),
    onJob: () => Promise.resolve(),
    run: (own, _budget, _known, onEvent) => {
      for (const item of ["a", "b", "c"]) {
        onEvent({ event: "begin", item });
        onEvent({ event: "skip", item, why: item === "c" ? "too large" : "no time was left" });
      }
      return Promise.resolve(job({ ...own }));
    },
  });
  assertEquals(lines.slice(1), ["  a: left out, no time was left", "  c: left out, too large"]);
});

Deno.test("knownOf() tells durations by the best product, else by a part of the peak", () => {
  const flops = (reports: JobReport[]) => knownOf("builtin", reports, null).flops;
  assertEquals(flops([]), 1e9);
  assertEquals(flops([PEAKS]), 4e12);
  assertEquals(flops([PEAKS, job({ events: [figure({ rate: 5e12 })] })]), 5e12);
  assertEquals(flops([{ ...PEAKS, backend: "dawn" }]), 1e9);
});

Deno.test("knownOf() names the variants that were wrong, and leaves some memory to others", () => {
  const wrong = (name: string): CardEvent => ({ event: "answer", name, error: 1, isRight: false });
  const events = [wrong("product, tile64x64"), wrong("softmax")];
  const known = knownOf("builtin", [job({ section: "answers", events })], 100);
  assertEquals([known.refused, known.memoryBytes], [["tile64x64"], 85]);
});

Deno.test("describeEvent() has a line for what a person waits for", () => {
  const lines = [
    figure({}),
    figure({ rate: 3e9, unit: "B/s" }),
    { event: "answer", name: "softmax", error: 1, isRight: true },
    { event: "answer", name: "softmax", error: 1, isRight: false },
    { event: "fault", item: "a", message: "lost\nat x" },
  ] satisfies CardEvent[];
  assertEquals(lines.map(describeEvent), [
    "cube 8x8x8 f32 tile32x32: 5 TFLOP/s",
    "cube 8x8x8 f32 tile32x32: 3 GB/s",
    null,
    "WRONG: softmax (error 1)",
    "a: FAILED, lost",
  ]);
});
