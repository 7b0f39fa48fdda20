/**
 * Trains the autoregressive baseline on the token shards of a configuration:
 * `deno task train-ar --config data/demo.yaml [--resume RUN] [--KEY VALUE]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { runMain } from "../lib/cli/main.ts";
import { configKeys } from "../lib/config/config.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { tokenizerOf } from "../lib/text/create_tokenizer.ts";
import { arStage } from "../lib/methods/stages.ts";
import { readTraining, TRAINING_FLAGS } from "./read_training.ts";
import { openGpu, train } from "./training.ts";

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("train-ar"),
      doc: "Trains a causal transformer that judges the texts of the other models.",
      flags: TRAINING_FLAGS,
      overrides: configKeys(),
    });
    const training = await readTraining(flags, overrides, "ar");
    const { config, run } = training;
    using gpu = await openGpu(flags, run);
    await train(gpu, training, {
      stage: arStage(config, await tokenizerOf(config.data)),
      label: "train-ar",
      resume: flags.resume !== null,
      profile: flags.profile,
    });
  });
}
