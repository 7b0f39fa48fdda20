/**
 * Runs a section in processes of its own: one that ends before it is done, however it ended, is
 * followed by another that goes on after the item that was at fault.
 *
 * @module
 */

import type { Budget, Job } from "./budget.ts";
import type { CardEvent } from "./events.ts";
import type { SectionRequest } from "./section.ts";

/** What became of a section on a backend. */
export interface JobReport extends Job {
  /**
   * `done`, also with faults; `ended`: its time was over; `failed`: it could not begin; `left out`.
   */
  readonly state: "done" | "ended" | "failed" | "left out";
  /** Why, unless it is done. */
  readonly why: string | null;
  /** Seconds that it was given, and that it took. */
  readonly budget: number;
  readonly seconds: number;
  /** What it told. */
  readonly events: readonly CardEvent[];
}

/** What sections are told besides their time. */
export type Known = Pick<SectionRequest, "memoryBytes" | "flops" | "refused">;

/** How a process ended. */
interface Ending {
  readonly success: boolean;
  readonly timedOut: boolean;
  /** What it wrote to standard error. */
  readonly words: string;
}

/** Starts processes; another one in tests. */
export type Launch = (
  request: SectionRequest,
  atMost: number,
  onEvent: (event: CardEvent) => void,
) => Promise<Ending>;

/**
 * Runs a job.
 *
 * @param onEvent Called with every event as it comes.
 */
export async function runJob(
  job: Job,
  { seconds: budget, atMost }: Budget,
  known: Known,
  onEvent: (event: CardEvent) => void,
  launch: Launch = launchSection,
): Promise<JobReport> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const events: CardEvent[] = [];
  const take = (event: CardEvent) => {
    events.push(event);
    onEvent(event);
  };
  const report = (state: JobReport["state"], why: string | null): JobReport => ({
    ...job,
    ...{ state, why, budget, seconds: elapsed(), events },
  });
  const done: string[] = [];
  for (;;) {
    const begunBefore = done.length;
    const request = { ...job, ...known, seconds: budget - elapsed(), done };
    const { success, timedOut, words } = await launch(request, atMost - elapsed(), (event) => {
      if (event.event === "begin") done.push(event.item);
      take(event);
    });
    const item = done.at(-1) ?? "";
    if (success) return report("done", null);
    const hasFault = events.at(-1)?.event === "fault";
    if (timedOut) {
      if (done.length > 0 && !hasFault) {
        take({ event: "skip", item, why: "it was ended: no time was left" });
      }
      return report("ended", "its time was over");
    }
    if (done.length === begunBefore) return report("failed", words || "it ended without a word");
    if (!hasFault) take({ event: "fault", item, message: words || "the process ended" });
  }
}

/** Lines that are kept of what a process says of its end. */
const LAST_WORDS = 6;

/** Runs the program of a section. */
async function launchSection(
  request: SectionRequest,
  atMost: number,
  onEvent: (event: CardEvent) => void,
): Promise<Ending> {
  const program = new URL("section.ts", import.meta.url).pathname;
  const flags = ["--quiet", "--no-lock", "--cached-only", "--no-prompt"];
  const grants = ["--allow-read", "--allow-env", "--allow-sys", "--allow-run", "--allow-ffi"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, ...grants, program, JSON.stringify(request)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    // A driver that hangs hears nothing else.
    child.kill("SIGKILL");
  }, Math.max(0, atMost) * 1000);
  const words = new Response(child.stderr).text();
  for await (const line of linesOf(child.stdout)) {
    const event = eventOf(line);
    if (event !== null) onEvent(event);
  }
  const { success } = await child.status;
  clearTimeout(timer);
  return { success, timedOut, words: lastWords(await words) };
}

/** The last lines of a text, without the empty ones. */
function lastWords(text: string): string {
  return text.split("\n").filter((line) => line.trim() !== "").slice(-LAST_WORDS).join("\n");
}

/** The event of a line; null for what a driver has printed, or a line that was cut. */
function eventOf(line: string): CardEvent | null {
  try {
    const value = JSON.parse(line);
    return typeof value?.event === "string" ? value : null;
  } catch {
    return null;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
