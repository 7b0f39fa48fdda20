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
import { taskCommand } from "../lib/system/task_command.ts";
import { visibleText } from "../lib/system/visible.ts";
import { readRunRecord } from "./runs/run_record.ts";
import { ageOf, watchRun } from "./watching/live.ts";
import { screenOf } from "./watching/screen.ts";

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
    if (flags.json) return print(JSON.stringify(await readRunRecord(flags.run), null, 2));
    const size = () => {
      const { columns, rows } = consoleSize();
      return { columns: columns - 1, rows: rows - 1 };
    };
    if (!Deno.stdout.isTerminal() || !Deno.stderr.isTerminal()) {
      const record = await readRunRecord(flags.run);
      const options = { ...size(), age: await ageOf(flags.run), isWhole: true };
      return print(screenOf(record, options).map(visibleText).join("\n"));
    }
    using interrupt = new Interrupt();
    const watch = new TextWatch();
    await watchRun(flags.run, {
      every: flags.every,
      signal: interrupt.signal,
      size,
      show(lines) {
        const [heading = "", ...rest] = lines.map(visibleText);
        watch.show(heading, rest);
      },
    });
    watch.leave();
    // Terminals show the keys that were pressed.
    writeStderr(CLEAR_LINE);
  });
}
