/**
 * How a person goes on from a demo.
 *
 * @module
 */

import { type Config, trainingConfig, type TrainingSection } from "../../lib/config/config.ts";
import { kebab } from "../../lib/config/key_names.ts";
import { taskCommand } from "../../lib/system/task_command.ts";

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
 */
export function goOnLines(config: Config, { run, student }: DemoRuns, recipe: string): string[] {
  const name = `${config.name}-longer`;
  const named = ["--config", recipe, "--teacher", run, "--name", name];
  const longer = (section: TrainingSection | null) => longerTraining(config, section);
  return [
    "",
    "To go on:",
    `  ${taskCommand("sample", ["--checkpoint", student])} --steps 1 --watch`,
    `  ${taskCommand("train", ["--resume", run, ...longer(null)])}`,
    `  ${taskCommand("distill", [...named, ...longer("distill")])}`,
    `The first writes more texts. The second trains the teacher for longer, and the third then ` +
    `distils it anew.`,
  ];
}

/** The flag that makes a training longer: in time if it ends in time, or else in steps. */
function longerTraining(config: Config, section: TrainingSection | null): string[] {
  const { minutes, numSteps } = trainingConfig(config, section).train;
  const key = `${section === null ? "" : `${section}.`}train.`;
  return minutes === null
    ? [`--${kebab(`${key}numSteps`)}`, `${LONGER * numSteps}`]
    : [`--${key}minutes`, `${Math.ceil(LONGER * minutes)}`];
}
