import { assertEquals } from "@std/assert";
import type { CardEvent } from "../../../bench/card/events.ts";
import { type Launch, runJob } from "../../../bench/card/jobs.ts";

const JOB = { section: "products", backend: "dawn" } as const;
const BUDGET = { seconds: 60, atMost: 70 };
const KNOWN = { memoryBytes: null, flops: 1e9, refused: [] };

const begin = (item: string): CardEvent => ({ event: "begin", item });
const answer = (name: string): CardEvent => ({ event: "answer", name, error: 0, isRight: true });

/** Runs a job whose processes tell these events and end so, one after the other. */
async function run(...processes: [CardEvent[], Partial<Awaited<ReturnType<Launch>>>][]) {
  const asked: (readonly string[])[] = [];
  const launch: Launch = ({ done }, _, onEvent) => {
    asked.push([...done]);
    const [events, ending] = processes.shift()!;
    events.forEach(onEvent);
    return Promise.resolve({ success: false, timedOut: false, words: "", ...ending });
  };
  const report = await runJob(JOB, BUDGET, KNOWN, () => {}, launch);
  return { report, asked };
}

Deno.test("runJob() is done when its process is", async () => {
  const events = [begin("a"), answer("a")];
  const { report, asked } = await run([events, { success: true }]);
  assertEquals([report.state, report.why, report.events], ["done", null, events]);
  assertEquals(asked, [[]]);
});

Deno.test("runJob() goes on after the item at which a process died, in another one", async () => {
  const { report, asked } = await run(
    [[begin("a"), answer("a"), begin("b")], { words: "Segmentation fault" }],
    [[begin("c"), answer("c")], { success: true }],
  );
  assertEquals(report.state, "done");
  assertEquals(asked, [[], ["a", "b"]]);
  assertEquals(report.events[3], { event: "fault", item: "b", message: "Segmentation fault" });
  assertEquals(report.events.at(-1), answer("c"));
});

Deno.test("runJob() keeps the fault that a process tells itself", async () => {
  const fault: CardEvent = { event: "fault", item: "a", message: "The GPU device was lost." };
  const { report } = await run([[begin("a"), fault], { words: "x" }], [[], { success: true }]);
  assertEquals(report.events, [begin("a"), fault]);
});

Deno.test("runJob() says what it was at when its time was over", async () => {
  const { report } = await run([[begin("a"), answer("a"), begin("b")], { timedOut: true }]);
  assertEquals(report.state, "ended");
  assertEquals(report.events.at(-1), {
    ...{ event: "skip", item: "b", why: "it was ended: no time was left" },
  });
});

Deno.test("runJob() fails if a process ends before anything was begun", async () => {
  const { report, asked } = await run([[], { words: "No WebGPU adapter was found" }]);
  assertEquals([report.state, report.why], ["failed", "No WebGPU adapter was found"]);
  assertEquals(asked.length, 1);
});
