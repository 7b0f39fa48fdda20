/**
 * Distils an FLM into a flow map, by the configuration's method:
 * `deno task distill --config data/letters.yaml --teacher runs/letters [--resume RUN]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { optional } from "../lib/cli/flags.ts";
import { runMain } from "../lib/cli/main.ts";
import { path } from "../lib/cli/paths.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import { configKeys } from "../lib/config/config.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { loadFrozen } from "../lib/checkpoint/frozen.ts";
import { distillStage } from "../lib/methods/stages.ts";
import { noteOtherShards, studentConfiguration } from "./distilling.ts";
import { readInputs, writeInputs } from "./inputs.ts";
import { readTraining, TRAINING_FLAGS } from "./read_training.ts";
import { openGpu, train } from "./training.ts";

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("distill"),
      doc: "Distils a trained FLM into a flow map that writes text in few steps.",
      flags: {
        ...TRAINING_FLAGS,
        teacher: optional(path({ doc: "The run of the FLM.", expected: "a run folder" })),
      },
      overrides: configKeys(),
    });
    const training = await readTraining(flags, overrides, "distill");
    const { config, run } = training;
    const inputs = await readInputs({ teacher: flags.teacher }, flags.resume && run);
    using gpu = await openGpu(flags, run);
    const { tokenizer, tokenizerFile } = config.data;
    using teacher = await loadFrozen(gpu, inputs.teacher, {
      kind: "flm",
      role: "teacher",
      tokenizer,
      tokenizerFile,
    });
    const own = studentConfiguration(config, teacher.network.config, writeStderr);
    await noteOtherShards([teacher], config.data.dir, writeStderr);
    await train(gpu, { ...training, config: own }, {
      stage: distillStage(own, teacher),
      label: "distill",
      resume: flags.resume !== null,
      profile: flags.profile,
      onStart: () => writeInputs(run, { teacher: teacher.location }),
    });
  });
}
