/**
 * The second stage of a semigroup distillation: FLM and flow map become one network.
 * `deno task distill:second --config FILE --teacher RUN --flow-map RUN [--resume RUN]`.
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
import { secondStage } from "../lib/methods/stages.ts";
import { noteOtherShards, studentConfiguration } from "./distilling.ts";
import { readInputs, writeInputs } from "./inputs.ts";
import { readTraining, TRAINING_FLAGS } from "./read_training.ts";
import { openGpu, train } from "./training.ts";

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("distill:second"),
      doc: "Makes one network of an FLM and its flow map of the first stage.",
      flags: {
        ...TRAINING_FLAGS,
        teacher: optional(path({ doc: "The run of the FLM.", expected: "a run folder" })),
        flowMap: optional(path({ doc: "The run of the first stage.", expected: "a run folder" })),
      },
      overrides: configKeys(),
    });
    const training = await readTraining(flags, overrides, "secondStage");
    const { config, run } = training;
    const { teacher: teacherFlag, flowMap: flowMapFlag } = flags;
    const inputs = await readInputs(
      { teacher: teacherFlag, flowMap: flowMapFlag },
      flags.resume && run,
    );
    using gpu = await openGpu(flags, run);
    const { tokenizer, tokenizerFile } = config.data;
    using teacher = await loadFrozen(gpu, inputs.teacher, {
      kind: "flm",
      role: "teacher",
      tokenizer,
      tokenizerFile,
    });
    using flowMap = await loadFrozen(gpu, inputs.flowMap, {
      kind: "flow_map",
      role: "flow map",
      tokenizer,
      tokenizerFile,
    });
    const own = studentConfiguration(config, teacher.network.config, writeStderr);
    await noteOtherShards([teacher, flowMap], config.data.dir, writeStderr);
    await train(gpu, { ...training, config: own }, {
      stage: secondStage(own, teacher, flowMap),
      label: "second stage",
      resume: flags.resume !== null,
      profile: flags.profile,
      onStart: () => writeInputs(run, { teacher: teacher.location, flowMap: flowMap.location }),
    });
  });
}
