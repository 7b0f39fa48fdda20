/**
 * Writes text with a trained model:
 * `deno task sample RUN --steps N --num-samples N --seed N`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { model } from "../lib/cli/names.ts";
import { path } from "../lib/cli/paths.ts";
import { runRanks } from "../lib/cli/rank_main.ts";
import { sample, SAMPLE_DOC, SAMPLE_FLAGS, SAMPLE_POSITIONALS } from "../lib/cli/sample.ts";
import { taskCommand } from "../lib/system/task_command.ts";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: SAMPLE_DOC,
  positionals: SAMPLE_POSITIONALS,
  flags: {
    ...SAMPLE_FLAGS,
    checkpoint: optional(model({ doc: SAMPLE_FLAGS.checkpoint.doc })),
    out: optional(path({ doc: SAMPLE_FLAGS.out.doc, expected: "the path of a file" })),
  },
});

if (import.meta.main) {
  await runRanks(async ({ ranks }) => {
    const { flags } = parseCommandLine({ name: taskCommand("sample"), ...COMMAND });
    await sample(flags, ranks);
  });
}
