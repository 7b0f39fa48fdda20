/**
 * Tasks on a terminal at which somebody presses Ctrl-C: they end as they do elsewhere, and leave
 * the terminal as it was, with the cursor at the start of a line. Skipped where there is no
 * `script`, which makes terminals.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../testing/folder.ts";
import { denoArguments } from "./killed_program.ts";
import { HAS_SCRIPT, onTerminal, quoted } from "./terminal.ts";
import { anew, prepare, WORKLOADS } from "./workloads.ts";

const { TRAIN } = WORKLOADS;

/**
 * Tasks that end only when they are asked to, what they show on the way, and their statuses then.
 */
const TASKS = [
  {
    args: ["train", "tiny.yaml", "--name", "long", "--train.num-steps", "1000000"],
    shows: "train ",
    status: 130,
  },
  { args: ["sample", "tiny", "--watch", "--steps", "1000000"], shows: "\x1b[?7h", status: 130 },
  { args: ["watch", "tiny"], shows: "\x1b[?7h", status: 0 },
] as const;

for (const { args: [task, ...args], shows, status } of TASKS) {
  Deno.test({
    name: `${task} leaves a terminal as it was when Ctrl-C is pressed`,
    ignore: !HAS_SCRIPT,
    fn: () =>
      withFolder(async (folder) => {
        const work = anew([TRAIN], task, ...args);
        await prepare(work, folder);
        const run = [Deno.execPath(), ...denoArguments((await work.command(folder))!)];
        // The shell is interrupted, too, and must see how the task ends.
        const command = `trap : INT; stty -g; ${
          run.map(quoted).join(" ")
        }; echo status $?; stty -g`;
        const output = await onTerminal(command, folder, shows);
        const lines = output.split("\r\n");
        const [before, after] = [lines[0], lines.at(-2)];
        assertEquals(after, before, output);
        assertEquals(lines.at(-3)?.split("\x1b[K").at(-1), `status ${status}`, output);
        assert(output.lastIndexOf("\x1b[?7h") >= output.lastIndexOf("\x1b[?7l"), output);
      }),
  });
}
