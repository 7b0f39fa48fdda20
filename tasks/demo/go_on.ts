/**
 * How a person goes on from a demo.
 *
 * @module
 */

import { formatSteps, formatUnits } from "../../lib/cli/format.ts";
import {
  type Config,
  keyPrefix,
  trainingConfig,
  type TrainingSection,
} from "../../lib/config/config.ts";
import { kebab } from "../../lib/config/key_names.ts";
import { resumeCommand } from "../../lib/checkpoint/resume_command.ts";
import { backendArguments, type BackendName } from "../../lib/gpu/backend.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import { runFolder } from "../runs/run_folders.ts";

/** The runs of a demo. */
export interface DemoRuns {
  /** Of the first training. */
  readonly run: string;
  /** Of the distillation. */
  readonly student: string;
}

/** How many times as long the trainings are that are proposed. */
const LONGER = 10;

/**
 * The commands that write more texts and that train for longer, as lines.
 *
 * @param recipe The file of the configuration.
 * @param backend The backend that the demo was made by.
 */
export function goOnLines(
  config: Config,
  runs: DemoRuns,
  recipe: string,
  backend: BackendName,
): string[] {
  const by = backendArguments(backend);
  const name = `${config.name}-longer`;
  const longer = runFolder({ ...config, name }, "distill");
  const named = ["--config", recipe, "--teacher", runs.run, "--name", name];
  const [teacher, student] = [longerTraining(config, null), longerTraining(config, "distill")];
  return [
    "",
    "To go on:",
    `  ${taskCommand("sample", ["--checkpoint", runs.student, "--steps", "1", "--watch", ...by])}`,
    `  ${resumeCommand(runs.run, { backend }, teacher.flag)}`,
    `  ${taskCommand("distill", [...named, ...student.flag, ...by])}`,
    `  ${taskCommand("sample", ["--checkpoint", longer, "--steps", "1", ...by])}`,
    `The first writes more texts. The second trains the teacher for ${teacher.length} in all, the ` +
    `third then distils it anew, for ${student.length}, into ${longer}, and the last writes with ` +
    `that.`,
  ];
}

/** The flag that makes a training longer, in time if it ends in time or else in steps; how long. */
function longerTraining(config: Config, section: TrainingSection | null) {
  const { minutes, numSteps } = trainingConfig(config, section).train;
  const key = `${keyPrefix(section)}train.`;
  if (minutes === null) {
    const steps = LONGER * numSteps;
    return { flag: [`--${kebab(`${key}numSteps`)}`, `${steps}`], length: formatSteps(steps) };
  }
  const longer = Math.ceil(LONGER * minutes);
  return { flag: [`--${key}minutes`, `${longer}`], length: formatUnits(longer, "minute") };
}
