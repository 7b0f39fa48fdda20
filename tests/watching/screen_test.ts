import { assertEquals, assertStringIncludes } from "@std/assert";
import type { CheckpointState } from "../../lib/checkpoint/state.ts";
import { parseConfig } from "../../lib/config/config.ts";
import type { MetricsRecord } from "../../lib/train/metrics.ts";
import type { RunRecord } from "../../tasks/runs/run_record.ts";
import { screenOf } from "../../tasks/watching/screen.ts";

function record(
  metrics: MetricsRecord[],
  checkpoints: number[] = [],
  { minutes = null, ...state }: { minutes?: number | null } & Partial<CheckpointState> = {},
): RunRecord {
  const config = parseConfig({
    name: "tiny",
    data: { source: { kind: "file", path: "a.txt" }, length: 8, dir: "shards/a" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 4000, batchSize: 2, minutes },
  });
  return {
    ...{ name: "tiny", run: "runs/tiny", config, kind: "flm" },
    ...{ train: config.train, optim: config.optim },
    state: state as CheckpointState,
    ...{ metrics, checkpoints },
  };
}

const SIZE = { columns: 100, rows: 40, age: 3 };

const line = (step: number, loss: number) => ({
  ...{ kind: "train", step, loss, smoothedLoss: loss + 0.5, gradNorm: 1, lr: 1e-3 },
  ...{ tokensPerSecond: 32, skippedSteps: 1, deviceSeconds: 3, hostSeconds: 1, dataSeconds: 0 },
  ...{ memoryBytes: 2048, peakMemoryBytes: 4096 },
});

Deno.test("screenOf() says how far a run is, how fast it goes and when it will end", () => {
  const screen = screenOf(record([line(500, 4), line(1000, 3)], [1000, 500]), SIZE);
  assertEquals(screen.slice(0, 5), [
    "tiny: FLM",
    "step 1,000 of 4,000 (25%), 2 steps/s, 32 tokens/s, ETA 25m 00s, last line 3 s ago",
    "loss 3, smoothedLoss 3.5, gradNorm 1, lr 0.001, 2 steps left out",
    "time: data 0%, host 25%, device 75%, validation 0%, writing 0%",
    "memory 2 KiB, at most 4 KiB",
  ]);
  assertEquals(screen.includes("training loss"), true);
  assertEquals(screen.at(-1), "checkpoints: 500, 1,000");
});

Deno.test("screenOf() counts what is done in place of steps, in the time left and at the end", () => {
  const lines = [line(500, 4), { ...line(1000, 3), validationSeconds: 200, writingSeconds: 50 }];
  const screen = screenOf(record(lines), SIZE);
  // 1,000 steps took 500 s, and 250 s passed without one: 3,000 steps take 1,500 s and half more.
  assertStringIncludes(screen[1]!, "2 steps/s, 32 tokens/s, ETA 37m 30s,");
  // What a line has nothing of is no work, as that of a run without a sound step.
  const silent = screenOf(record([{ ...line(0, 4), tokensPerSecond: NaN }, ...lines]), SIZE);
  assertEquals(silent[1], screen[1]);
  const done = [line(4000, 3), {
    kind: "end",
    step: 4000,
    validationSeconds: 12,
    writingSeconds: 4,
  }];
  const last = screenOf(record(done), SIZE);
  assertStringIncludes(last[1]!, "step 4,000 of 4,000 (100%), 2 steps/s, 32 tokens/s, at its end");
  assertEquals(last[3], "time: data 0%, host 5%, device 15%, validation 60%, writing 20%");
});

Deno.test("screenOf() shows validations and the newest samples", () => {
  const validation = (step: number, loss: number) => ({
    ...{ kind: "validation", step, loss, lossByTime0: 5, lossByTime1: 1 },
  });
  const samples = (step: number, numSteps: number, text0: string) => ({
    ...{ kind: "samples", step, numSteps, text0 },
  });
  const screen = screenOf(
    record([
      line(2000, 3),
      validation(2000, 2.25),
      samples(2000, 8, "old"),
      line(4000, 2),
      validation(4000, 2.5),
      samples(4000, 1, "a\nb"),
      samples(4000, 8, "c"),
    ]),
    SIZE,
  ).join("\n");
  assertStringIncludes(screen, "tokens/s, at its end");
  assertStringIncludes(
    screen,
    "validation at step 4,000: 2.5, by time 5 1, best 2.25 at step 2,000\nno checkpoint yet\n",
  );
  assertStringIncludes(screen, "\nvalidation loss\n 2.5 ");
  assertStringIncludes(screen, "samples of step 4,000 in 1 step\n  a b\n");
  assertStringIncludes(screen, "samples of step 4,000 in 8 steps\n  c");
  assertEquals(screen.includes("old"), false);
});

Deno.test("screenOf() knows of runs that end in time, and of the best checkpoint", () => {
  // What the phases took is no measure: the first step of each sitting is not counted.
  const lines = [{ ...line(500, 4), workSeconds: 3 }, { ...line(1000, 3), workSeconds: 12 }];
  const head = (more: Parameters<typeof record>[2], metrics: MetricsRecord[] = lines) =>
    screenOf(record(metrics, [], more), SIZE)[1]!;
  const rates = "2 steps/s, 32 tokens/s";
  const end = "last line 3 s ago";
  assertEquals(head({ minutes: 0.5 }), `step 1,000 (40% of 30 s), ${rates}, ETA 18 s, ${end}`);
  assertEquals(
    head({ minutes: 60 }),
    `step 1,000 of 4,000 (25%), ${rates}, ETA 25m 00s, ${end}`,
  );
  // A checkpoint after the last line knows better.
  assertEquals(
    head({ minutes: 0.5, seconds: 15 }),
    `step 1,000 (50% of 30 s), ${rates}, ETA 15 s, ${end}`,
  );
  assertEquals(
    head({ minutes: 0.5, seconds: 30.5 }),
    `step 1,000 (100% of 30 s), ${rates}, at its end`,
  );
  // An older run does not tell.
  assertEquals(
    head({ minutes: 0.5 }, [line(1000, 3)]),
    `step 1,000 of 4,000 (25%), ${rates}, ${end}`,
  );
  const best = { step: 500, metric: "entropy", value: 2.34567 };
  assertEquals(
    screenOf(record(lines, [1000, 500], { best }), SIZE).at(-1),
    "checkpoints: 500, 1,000; best 500, entropy 2.346",
  );
});

Deno.test("screenOf() keeps to its room, and shows a run of which nothing is known yet", () => {
  const many = Array.from({ length: 300 }, (_, i) => line(i + 1, 300 - i));
  for (const [columns, rows] of [[40, 12], [20, 5], [200, 60]] as const) {
    const screen = screenOf(record(many), { ...SIZE, columns, rows });
    assertEquals(screen.length <= rows, true);
    assertEquals(screen.every((each) => each.length <= columns), true);
  }
  assertEquals(screenOf(record([]), SIZE), [
    "tiny: FLM",
    "step 0 of 4,000 (0%), last line 3 s ago",
    "Nothing is measured yet.",
    "no checkpoint yet",
  ]);
  // The clock was set back meanwhile.
  const back = screenOf(record([]), { ...SIZE, age: -3600 });
  assertEquals(back[1], "step 0 of 4,000 (0%), last line 0 s ago");
});

Deno.test("screenOf() cuts what there is no room for, unless all is to be whole", () => {
  const text = "word ".repeat(50).trim();
  const run = record([line(500, 4), { kind: "samples", step: 500, numSteps: 8, text0: text }]);
  const small = { columns: 20, rows: 6, age: 3 };
  const cut = screenOf(run, small);
  assertEquals(cut.length, 6);
  assertEquals(cut.every((each) => each.length <= 20), true);
  assertEquals(screenOf(run, { ...small, isWhole: true }).at(-1), `  ${text}`);
});
