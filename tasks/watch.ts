/**
 * Shows a run while it goes on: `deno task watch demo`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { run } from "../lib/cli/names.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { CLEAR_LINE, writeStderr } from "../lib/cli/stderr.ts";
import { print } from "../lib/cli/stdout.ts";
import { consoleSize, TextWatch } from "../lib/cli/watch.ts";
import { number } from "../lib/schema/field.ts";
import { sleep } from "../lib/system/pause.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { visibleText } from "../lib/system/visible.ts";
import { METRICS_FILE } from "../lib/train/metrics.ts";
import { readRunRecord, type RunRecord } from "./runs/run_record.ts";
import { screenOf } from "./watching/screen.ts";

/** Reads a run anew when its metrics have grown. */
class Reader {
  readonly #run: string;
  #seen = "";
  #record: RunRecord | undefined;

  constructor(run: string) {
    this.#run = run;
  }

  /**
   * The run as it is now, and the seconds since its last line. @throws {DataError} if it is none.
   */
  async read(): Promise<{ record: RunRecord; age: number }> {
    const info = await Deno.stat(`${this.#run}/${METRICS_FILE}`).catch(() => null);
    const seen = `${info?.size} ${info?.mtime?.getTime()}`;
    if (this.#record === undefined || seen !== this.#seen) {
      this.#record = await readRunRecord(this.#run);
      this.#seen = seen;
    }
    return { record: this.#record, age: (Date.now() - (info?.mtime?.getTime() ?? NaN)) / 1000 };
  }
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Shows a run while it goes on, until Ctrl-C; where there is no terminal, once.",
  positionals: [{ name: "RUN", flag: "run" }],
  flags: {
    run: run({ doc: "The run." }),
    ...JSON_FLAG,
    every: number({
      doc: "Seconds from one look at it to the next.",
      min: 0.1,
      // Timers do not know more than 24 days.
      max: 86_400,
      unit: "seconds",
      fallback: 1,
    }),
  },
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({ name: taskCommand("watch"), ...COMMAND });
    const reader = new Reader(flags.run);
    const isWhole = !Deno.stdout.isTerminal() || !Deno.stderr.isTerminal();
    const lines = async () => {
      const { record, age } = await reader.read();
      const { columns, rows } = consoleSize();
      const room = { columns: columns - 1, rows: rows - 1 };
      return screenOf(record, { ...room, age, isWhole }).map(visibleText);
    };
    if (flags.json) return print(JSON.stringify((await reader.read()).record, null, 2));
    if (isWhole) {
      print((await lines()).join("\n"));
      return;
    }
    using interrupt = new Interrupt();
    const watch = new TextWatch();
    while (!interrupt.signal.aborted) {
      const [heading = "", ...rest] = await lines();
      watch.show(heading, rest);
      await sleep(1000 * flags.every, interrupt.signal);
    }
    watch.leave();
    // Terminals show the keys that were pressed.
    writeStderr(CLEAR_LINE);
  });
}
