/**
 * Trains an FLM on token shards:
 * `deno task train --config data/demo.yaml [--resume RUN] [--KEY VALUE]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { runMain } from "../lib/cli/main.ts";
import { configKeys } from "../lib/config/config.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { readTraining, TRAINING_FLAGS } from "./read_training.ts";
import { openGpu, train } from "./training.ts";

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("train"),
      doc: "Trains an FLM on the token shards of a configuration.",
      flags: TRAINING_FLAGS,
      overrides: configKeys(),
    });
    const training = await readTraining(flags, overrides);
    using gpu = await openGpu(flags, training.run);
    await train(gpu, training, { resume: flags.resume !== null, profile: flags.profile });
  });
}
