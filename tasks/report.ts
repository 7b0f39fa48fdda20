/**
 * Writes the report of a recipe whose models are measured:
 * `deno task report letters`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { runMain } from "../lib/cli/main.ts";
import { recipe } from "../lib/cli/names.ts";
import { shownPath } from "../lib/cli/paths.ts";
import { print } from "../lib/cli/stdout.ts";
import { type Config, configKeys } from "../lib/config/config.ts";
import { configToYaml } from "../lib/config/config_file.ts";
import { requireMetrics } from "../lib/eval/metrics.ts";
import { writeFileAtomic } from "../lib/system/atomic.ts";
import { exists } from "../lib/system/exists.ts";
import { refuseLinksOut } from "../lib/system/links.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { requireWritable } from "../lib/system/writable.ts";
import { METRICS_FILE, readMetrics } from "../lib/train/metrics.ts";
import { missedBounds } from "./report/bounds.ts";
import { renderReport, type TrainingReport } from "./report/page.ts";
import { readQualities } from "./report/quality.ts";
import { type ConfigSource, type RecipeTraining, recipeTrainings } from "./reproduce/plan.ts";
import { readRecords } from "./reproduce/records.ts";
import { runFolder, RUNS } from "./runs/run_folders.ts";

/**
 * Writes `report.html` into the folder of the first run.
 *
 * @returns The file.
 * @throws {DataError} if a run has no evaluation or is not judged yet, or a file is damaged.
 */
async function writeReport(config: Config, source: ConfigSource): Promise<string> {
  const trainings = recipeTrainings(config);
  await refuseLinksOut(runFolder(config), RUNS);
  const file = `${runFolder(config)}/report.html`;
  requireMetrics(config);
  const qualities = await readQualities(config, source);
  await requireWritable(file);
  const html = await renderReport({
    name: config.name,
    config: await configToYaml(config),
    trainings: await Promise.all(trainings.map(describeTraining)),
    qualities,
    missed: missedBounds(config.evaluation.bounds, qualities.evaluations),
  });
  await writeFileAtomic(file, html);
  return file;
}

async function describeTraining({ task, method, run }: RecipeTraining): Promise<TrainingReport> {
  const record = (await readRecords(run))[task];
  const metrics = `${run}/${METRICS_FILE}`;
  return {
    model: method.kind,
    run,
    // What was measured can be shown without them.
    metrics: await exists(metrics) ? await readMetrics(metrics) : [],
    ...(record === undefined ? {} : { seconds: record.seconds }),
  };
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("report"),
      doc: "Writes the report of a recipe whose models are measured.",
      positionals: [{ name: "RECIPE", flag: "config" }],
      flags: { config: recipe({ doc: "What was made." }) },
      overrides: configKeys(),
    });
    const config = await loadRecipe(flags.config, overrides);
    const file = await writeReport(config, { file: shownPath(flags.config), overrides });
    print(`Report ${pathForCaller(file)}`);
  });
}
