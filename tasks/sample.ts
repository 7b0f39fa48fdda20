/**
 * Writes text with a trained model:
 * `deno task sample --checkpoint RUN --steps N --num-samples N --seed N`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { runMain } from "../lib/cli/main.ts";
import { callerPath } from "../lib/cli/paths.ts";
import { sample, SAMPLE_DOC, SAMPLE_FLAGS } from "../lib/cli/sample.ts";
import { taskCommand } from "../lib/system/task_command.ts";

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({
      name: taskCommand("sample"),
      doc: SAMPLE_DOC,
      flags: SAMPLE_FLAGS,
    });
    await sample({ ...flags, checkpoint: callerPath(flags.checkpoint) });
  });
}
