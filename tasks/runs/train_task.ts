/**
 * The tasks that train: one program, with a method each.
 *
 * @module
 */

import { parseCommandLine } from "../../lib/cli/command_line.ts";
import { defineCommand, type FlagTable, type FlagValues, optional } from "../../lib/cli/flags.ts";
import { inGroup } from "../../lib/cli/flag_group.ts";
import { InterruptedError } from "../../lib/cli/interrupt.ts";
import { noteOnce } from "../../lib/cli/model_flags.ts";
import { model } from "../../lib/cli/names.ts";
import { JSON_FLAG } from "../../lib/cli/output_flags.ts";
import { runRanks } from "../../lib/cli/rank_main.ts";
import { writeStderr } from "../../lib/cli/stderr.ts";
import { tell } from "../../lib/cli/stdout.ts";
import { type Config, configKeys } from "../../lib/config/config.ts";
import { kebab } from "../../lib/config/key_names.ts";
import { ConfigError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methods, titleOf } from "../../lib/methods/table.ts";
import { loadTeachers } from "../../lib/methods/teachers.ts";
import type { Field } from "../../lib/schema/field.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import type { Ranks } from "../../lib/train/ranks.ts";
import { openGpu } from "./open_gpu.ts";
import { type ChosenRun, readRun, TRAINING_FLAGS, type TrainingFlags } from "./read_run.ts";
import { teacherFolders } from "./run_folders.ts";
import { noteOtherShards, studentConfiguration } from "./student_configuration.ts";
import { readTeacherRuns, type TeacherRuns } from "./teacher_runs.ts";
import { train } from "./train_with_progress.ts";

/** A task that trains. */
export interface TrainTask {
  /** Its name. */
  readonly name: string;
  /** What it does. */
  readonly doc: string;
  /**
   * The method that it asks a configuration for; null for the first one of a new run, and for
   * whatever a run that is resumed holds.
   */
  readonly pick: ((config: Config) => Method) | null;
  /** The methods that it may be. */
  readonly candidates: readonly Method[];
}

/** What such a task takes from its command line. */
export function trainCommand({ doc, candidates }: Pick<TrainTask, "doc" | "candidates">) {
  return defineCommand({
    doc,
    positionals: [{ name: "RECIPE", flag: "config" }],
    flags: { ...TRAINING_FLAGS, ...teacherFlags(candidates), ...JSON_FLAG },
    overrides: configKeys(),
  });
}

/** Runs such a task to its end, as a program. */
export async function trainTask(task: TrainTask): Promise<void> {
  const { name, pick, candidates } = task;
  await runRanks(async (joined) => {
    const { ranks } = joined;
    const { flags, overrides } = parseCommandLine({
      name: taskCommand(name),
      ...trainCommand(task),
    });
    const chosen = await readRun(flags, overrides, pick);
    // The compiler forgets flags whose names it does not know.
    const given = flags as FlagValues<FlagTable> as FlagValues<TeacherFlags>;
    requireRoles(chosen.method, given, candidates);
    const runs = await teacherRuns(chosen, given, flags.resume !== null);
    using gpu = await openGpu(flags, chosen.run, ranks);
    try {
      await learn(gpu, chosen, runs, name, flags, ranks);
    } catch (error) {
      // All have saved and stop together.
      if (error instanceof InterruptedError) await joined.leave();
      throw error;
    }
  });
}

/** Flags by what their models are to a student. */
type TeacherFlags = Readonly<Record<string, Field<string | null>>>;

/** A flag for each model that one of the methods learns from. */
function teacherFlags(candidates: readonly Method[]): TeacherFlags {
  const kinds = candidates.flatMap(({ learnsFrom }) => Object.entries(learnsFrom));
  return inGroup(
    "input",
    Object.fromEntries(kinds.map(([role, kind]) => {
      const doc = `The ${titleOf(kind)} to learn from: a run, a .ckpt file, a folder with ` +
        `config.json, or hf:OWNER/NAME; else the recipe's own.`;
      return [role, optional(model({ doc }))];
    })),
  );
}

/**
 * Checks that what is trained learns from every model that was named.
 *
 * @throws {ConfigError} naming the flag of one that it does not learn from.
 */
function requireRoles(
  { title, learnsFrom }: Method,
  flags: FlagValues<TeacherFlags>,
  candidates: readonly Method[],
): void {
  for (const role of candidates.flatMap((each) => Object.keys(each.learnsFrom))) {
    if (role in learnsFrom || (flags[role] ?? null) === null) continue;
    const roles = Object.keys(learnsFrom).map((each) => `--${kebab(each)}`);
    throw new ConfigError(
      `--${kebab(role)} changes nothing here: what is trained is of the kind "${title}", which ` +
        `learns from ${roles.length === 0 ? "no other model" : `${roles.join(" and ")} alone`}. ` +
        `Leave it out.`,
    );
  }
}

/** The runs of the models to learn from: as given, as recorded, or as the recipe makes them. */
async function teacherRuns(
  { config, method, run }: ChosenRun,
  flags: FlagValues<TeacherFlags>,
  resumed: boolean,
): Promise<TeacherRuns> {
  const roles = Object.entries(method.learnsFrom);
  const given = Object.fromEntries(roles.map(([role]) => [role, flags[role] ?? null]));
  const usual = teacherFolders(config, method);
  const runs = await readTeacherRuns(given, resumed ? run : null, usual);
  for (const [role, kind] of roles) {
    if (given[role] !== null) continue;
    tell(`It learns from the ${titleOf(kind)} in ${pathForCaller(runs[role]!)}`);
  }
  return runs;
}

/** Trains, with the models to learn from in memory. */
async function learn(
  gpu: Gpu,
  chosen: ChosenRun,
  runs: TeacherRuns,
  label: string,
  { resume, autotune, profile, logger }: TrainingFlags,
  ranks: Ranks,
): Promise<void> {
  const { config, method } = chosen;
  using teachers = await loadTeachers(gpu, method, runs, config.data, noteOnce());
  const { frozen } = teachers;
  const [first] = Object.values(frozen);
  const own = first === undefined
    ? config
    : studentConfiguration(config, first.network.config, writeStderr);
  await noteOtherShards(Object.values(frozen), config.data.dir, writeStderr);
  await train(gpu, { ...chosen, config: own }, {
    frozen,
    label,
    resume: resume !== null,
    autotune,
    profile,
    loggers: logger === null ? [] : [logger],
    ranks,
  });
}

/** The methods whose settings stand in a section of the configuration. */
export function candidatesOf(section: Method["section"]): Method[] {
  return methods().filter((method) => method.section === section);
}
