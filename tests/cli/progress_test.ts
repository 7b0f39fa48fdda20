/**
 * The progress bar, drawn on a made-up terminal by a made-up clock.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Progress, type ProgressOptions, type TimedEnd } from "../../lib/cli/progress.ts";

/** A progress bar whose output is kept and whose time is set by hand. */
function setUp(
  options: Partial<ProgressOptions> & { isTerminal?: boolean; columns?: number } = {},
) {
  const { isTerminal = true, columns = 60, ...rest } = options;
  const clock = { seconds: 0 };
  const written: string[] = [];
  const bar = new Progress({
    label: "train",
    total: 200,
    now: () => clock.seconds * 1000,
    output: { isTerminal, columns: () => columns, write: (text) => void written.push(text) },
    ...rest,
  });
  const at = (seconds: number, value: number, status?: string, end?: TimedEnd) => {
    clock.seconds = seconds;
    bar.update(value, status, end);
  };
  const pause = (seconds: number, status: string) => {
    clock.seconds = seconds;
    bar.pause(status);
  };
  return { bar, at, pause, clock, written };
}

const CLEAR = "\r\x1b[K";

Deno.test("Progress draws bar, speed, time left and status on a terminal", () => {
  const { at, written } = setUp({ columns: 80 });
  at(0, 0);
  at(2, 10);
  at(10, 50, "loss 1.5");
  assertEquals(
    written.at(-1),
    `${CLEAR}train [${"#".repeat(7)}${"-".repeat(23)}] 25% 50/200 5 steps/s ETA 30 s loss 1.5`,
  );
});

Deno.test("Progress fits its line to the terminal's width", () => {
  for (const columns of [20, 40, 60, 61, 120, 300]) {
    const { at, written } = setUp({ columns });
    at(10, 50, "a status that is rather long");
    assert(written[0]!.length - CLEAR.length < columns, `${columns}: ${written[0]}`);
  }
});

Deno.test("Progress keeps its bar's length while the text beside it changes", () => {
  const { at, written } = setUp({ columns: 90 });
  const bars = () => written.map((line) => line.replaceAll(/[^#-]/g, "").length);
  for (const [i, loss] of ["5", "5.123", "5.1", "5.25", "5.1234", "5"].entries()) {
    at(i + 1, 10 * (i + 1), `loss ${loss}, 2 steps left out`);
  }
  // The first line has no rate yet.
  assertEquals(bars(), [30, 20, 20, 20, 20, 20]);
  // It gives way where it must, and stays so.
  at(8, 80, "loss 5.123, 2,345 steps left out");
  at(9, 90, "loss 5");
  assertEquals(bars().slice(-2), [15, 15]);
});

Deno.test("Progress redraws a terminal ten times a second at most", () => {
  const { at, written } = setUp();
  for (let i = 1; i <= 100; i++) at(i / 64, i);
  assert(written.length >= 12 && written.length <= 16, `${written.length} drawings`);
});

Deno.test("Progress writes a plain line every ten seconds where there is no terminal", () => {
  const { bar, at, written } = setUp({ isTerminal: false });
  for (let i = 1; i <= 25; i++) at(i, i, `loss ${i}`);
  bar.finish();
  assertEquals(written, [
    "train 5% 10/200 1 steps/s ETA 3m 10s loss 10\n",
    "train 10% 20/200 1 steps/s ETA 3m 00s loss 20\n",
    "train 25/200 steps in 25 s (1 steps/s) loss 25\n",
  ]);
});

Deno.test("Progress measures the speed of the last while", () => {
  const { at, written } = setUp({ isTerminal: false, total: 1000 });
  at(15, 15);
  at(30, 30);
  at(45, 180);
  assertEquals(written.at(-1), "train 18% 180/1,000 10 steps/s ETA 1m 22s\n");
});

Deno.test("Progress shows the nearer of two ends", () => {
  const { bar, at, written } = setUp({ isTerminal: false, total: 1000 });
  at(10, 10, "loss 3", { seconds: 10, limit: 40 });
  at(20, 600, "loss 2", { seconds: 20, limit: 40 });
  at(30, 620, "loss 1", { seconds: 30, limit: 40 });
  bar.finish();
  assertEquals(written, [
    "train 25% step 10 loss 3\n",
    "train 60% 600/1,000 59 steps/s ETA 6.78 s loss 2\n",
    "train 75% step 620 30.5 steps/s ETA 10 s loss 1\n",
    "train 620 steps in 30 s (30.5 steps/s once under way) loss 1\n",
  ]);
});

Deno.test("Progress has no total from the start where the work may end in time", () => {
  const { at, written } = setUp({ total: 1000 });
  at(1, 0, "starting", { seconds: 0, limit: 40 });
  assertEquals(written.at(-1), `${CLEAR}train [${"-".repeat(30)}] 0% step 0 starting`);
});

Deno.test("Progress counts a resumed run's speed from where it began", () => {
  const { bar, at, written } = setUp({ isTerminal: false, start: 100 });
  at(5, 105);
  at(10, 110);
  bar.finish();
  assertEquals(written, [
    "train 55% 110/200 1 steps/s ETA 1m 30s\n",
    "train 10 steps, 110/200 in all, in 10 s (1 steps/s)\n",
  ]);
});

Deno.test("Progress shows neither bar nor end when the total is unknown", () => {
  const { at, written } = setUp({ total: null, unit: "text" });
  at(1, 500);
  at(2, 1000);
  assertEquals(written, [`${CLEAR}train 500`, `${CLEAR}train 1,000 500 texts/s`]);
});

Deno.test("Progress keeps the last status and makes one line of it", () => {
  const { at, written } = setUp();
  at(1, 1, "a\nb");
  at(2, 2);
  assert(written[1]!.endsWith("a b"));
});

Deno.test("Progress prints lines above the bar", () => {
  const { bar, at, written } = setUp();
  bar.log("before");
  at(1, 10);
  const line = written[1];
  bar.log("validation loss 2");
  assertEquals(written, ["before\n", line, CLEAR, "validation loss 2\n", line]);
});

Deno.test("Progress makes room for what others write", () => {
  const { bar, at, written } = setUp();
  at(1, 10);
  const line = written[0];
  bar.around(() => written.push("text\n"));
  bar.finish();
  const end = written.at(-1);
  bar.around(() => written.push("more\n"));
  assertEquals(written, [line, CLEAR, "text\n", line, end, "more\n"]);
});

Deno.test("Progress ends once, and leaves the cursor on a new line", () => {
  const done = setUp();
  done.at(2, 100);
  done.at(4, 200);
  done.bar.finish("saved");
  done.bar.finish();
  done.bar[Symbol.dispose]();
  done.at(9, 1);
  assertEquals(done.written.slice(2), [`${CLEAR}train 200/200 steps in 4 s (50 steps/s) saved\n`]);

  const cut = setUp();
  cut.at(4, 20);
  cut.bar[Symbol.dispose]();
  assertEquals(cut.written.slice(1), ["\n"]);

  const silent = setUp();
  silent.bar[Symbol.dispose]();
  assertEquals(silent.written, []);
});

Deno.test("Progress shows no speed when the total is 0 and no time has passed", () => {
  const { bar, written } = setUp({ total: 0 });
  bar.update(0);
  bar.finish();
  assertEquals(written.at(-1), `${CLEAR}train 0/0 steps in 0 s\n`);
});

Deno.test("Progress tells no speed and no end before the second step, as the first one compiles", () => {
  const { at, written } = setUp({ isTerminal: false, total: 1000 });
  at(9, 0, "starting");
  at(30, 1, "loss 9");
  at(40, 26);
  assertEquals(written, [
    "train 0% 1/1,000 loss 9\n",
    // A speed that counts the first step would be 0.65 steps/s, and leave 25 minutes.
    "train 2% 26/1,000 2.5 steps/s ETA 6m 30s loss 9\n",
  ]);
});

Deno.test("Progress leaves pauses out of the speed, and counts their share of what is left", () => {
  const { at, pause, written } = setUp({ isTerminal: false, total: 1000, plainEvery: 0 });
  at(0, 10);
  at(10, 110);
  pause(10, "validate");
  at(14, 110);
  at(15, 120);
  at(25, 220);
  // 78 s of steps at 10 a second, and a quarter more, as 5 s of 20 were.
  assertEquals(written.at(-1), "train 22% 220/1,000 10 steps/s ETA 1m 38s\n");
});

Deno.test("Progress.finish() tells the rate of the work alone, and no word of the last pause", () => {
  const { bar, at, pause, written } = setUp({ isTerminal: false });
  at(100, 1, "loss 9");
  at(110, 11, "loss 8");
  pause(110, "validate");
  // The step after a pause has a part of it.
  at(150, 12, "loss 7");
  at(160, 22, "loss 6");
  pause(160, "saving");
  bar.finish();
  assertEquals(written.at(-1), "train 22/200 steps in 2m 40s (1 steps/s once under way) loss 6\n");
});

Deno.test("Progress.finish() tells no rate of a single step, which was spent on compiling", () => {
  const { bar, at, written } = setUp({ isTerminal: false, total: 1 });
  at(0, 0);
  at(15.4, 1);
  bar.finish();
  assertEquals(written.at(-1), "train 1/1 steps in 15.4 s\n");
});

Deno.test("Progress shows at once what a pause is for", () => {
  const { at, pause, written } = setUp({ columns: 40 });
  at(1, 10);
  pause(1.01, "validate");
  assert(written.at(-1)!.endsWith("validate"));
});

Deno.test("Progress shows the time so far of what cannot be counted", () => {
  const { at, written } = setUp({ total: null });
  at(3, 0);
  assertEquals(written, [`${CLEAR}train 3 s`]);
});

Deno.test("Progress.onProgress() tells the total, too", () => {
  const { bar, written } = setUp({ total: null, isTerminal: false, unit: "byte" });
  bar.onProgress(512, 2048);
  bar.finish();
  assertEquals(written, ["train 512 B/2 KiB in 0 s\n"]);
});

Deno.test("Progress that comes after a while goes without a line", () => {
  const short = setUp({ patience: 2 });
  short.at(1.9, 50);
  short.bar.finish();
  assertEquals(short.written, []);

  const long = setUp({ patience: 2 });
  long.at(1, 50);
  long.at(2, 100);
  long.bar.finish();
  assertEquals(long.written.length, 2);
  assertEquals(long.written.at(-1), CLEAR);

  const cut = setUp({ patience: 2 });
  cut.at(2, 100);
  cut.bar[Symbol.dispose]();
  assertEquals(cut.written.at(-1), CLEAR);
});

Deno.test("Progress writes ever fewer lines where there is no terminal", () => {
  const { at, written } = setUp({ isTerminal: false, total: 1e6 });
  for (let seconds = 1; seconds <= 86_400; seconds++) at(seconds, seconds);
  assert(written.length > 100 && written.length < 250, `${written.length} lines`);
});

Deno.test("Progress writes no control character where there is no terminal", () => {
  const { bar, at, pause, written } = setUp({ isTerminal: false });
  for (let i = 1; i <= 100; i++) at(i, i);
  pause(101, "validate");
  bar.log("a line");
  bar.finish();
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f]/.test(written.join("")));
});

Deno.test("Progress tells at its end of all the time, with what was done in place of the last work", () => {
  const { bar, at, pause, clock, written } = setUp({ isTerminal: false, total: 20 });
  at(1, 10, "loss 2");
  at(2, 20, "loss 1");
  pause(2, "validating");
  clock.seconds = 8;
  bar.finish();
  assertEquals(written, ["train 20/20 steps in 8 s (10 steps/s once under way) loss 1\n"]);
});
