/**
 * Writes the report of a recipe whose models are measured, `deno task report letters`, or compares
 * runs, `deno task report runs/letters runs/other`.
 *
 * @module
 */

import { dirname } from "node:path";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { runMain } from "../lib/cli/main.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand, optional, refuseFlags, repeated } from "../lib/cli/flags.ts";
import { recipe, run } from "../lib/cli/names.ts";
import { path, shownPath } from "../lib/cli/paths.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { printResult } from "../lib/cli/stdout.ts";
import { type Config, configKeys } from "../lib/config/config.ts";
import { configToYaml } from "../lib/config/config_file.ts";
import { ConfigError } from "../lib/errors.ts";
import { requireMetrics } from "../lib/eval/metrics.ts";
import { text } from "../lib/schema/field.ts";
import { writeFileAtomic } from "../lib/system/atomic.ts";
import { exists } from "../lib/system/exists.ts";
import { refuseLinksOut } from "../lib/system/links.ts";
import { makeFolder } from "../lib/system/system_error.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { requireWritable } from "../lib/system/writable.ts";
import { METRICS_FILE, type MetricsRecord, readMetrics } from "../lib/train/metrics.ts";
import { renderComparison } from "./report/comparison.ts";
import { missedBounds } from "./report/bounds.ts";
import { renderReport, type TrainingReport } from "./report/page.ts";
import { readQualities } from "./report/quality.ts";
import { type ConfigSource, type RecipeTraining, recipeTrainings } from "./reproduce/plan.ts";
import { readRecords } from "./reproduce/records.ts";
import { runFolder, RUNS } from "./runs/run_folders.ts";
import { readRunRecord } from "./runs/run_record.ts";

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

/** Of samples the report shows those that were measured by themselves. */
const hasLoss = ({ kind }: MetricsRecord) => kind === "train" || kind === "validation";

async function describeTraining({ task, method, run }: RecipeTraining): Promise<TrainingReport> {
  const record = (await readRecords(run))[task];
  const metrics = `${run}/${METRICS_FILE}`;
  return {
    model: method.kind,
    run,
    // What was measured can be shown without them.
    metrics: await exists(metrics) ? await readMetrics(metrics, hasLoss) : [],
    ...(record === undefined ? {} : { seconds: record.seconds }),
  };
}

/**
 * Writes a page that compares runs.
 *
 * @returns The file.
 * @throws {DataError} if one is no run, or its metrics are damaged.
 * @throws {CheckpointError} if the newest checkpoint of one is damaged.
 */
async function writeComparison(runs: readonly string[], file: string): Promise<string> {
  await requireWritable(file);
  const records = [];
  for (const each of runs) records.push(await readRunRecord(each));
  const html = await renderComparison(records);
  await makeFolder(dirname(file));
  await writeFileAtomic(file, html);
  return file;
}

/** The recipe that a text names; null if it names a run alone. @throws {ConfigError} if neither. */
function recipeOf(text: string): string | null {
  try {
    return String(recipe().fromText(text));
  } catch (noRecipe) {
    if (!(noRecipe instanceof ConfigError)) throw noRecipe;
    try {
      run().fromText(text);
      return null;
    } catch (noRun) {
      if (!(noRun instanceof ConfigError)) throw noRun;
      throw new ConfigError(`${noRecipe.message} ${noRun.message}`);
    }
  }
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Writes the report of a recipe whose models are measured, or compares runs.",
  positionals: [{ name: "SUBJECT", flag: "config" }],
  flags: {
    config: repeated(text({
      doc: "A recipe; or one run or several, in training or done. What both have as a name is " +
        "the recipe: runs/NAME is the run.",
      expected: "the name or path of a recipe or of a run",
    })),
    ...inGroup("output", {
      out: optional(path({
        doc: "The page that compares runs; runs/report.html unless given.",
        expected: "the path of a file",
      })),
    }),
    ...JSON_FLAG,
  },
  overrides: configKeys(),
});

if (import.meta.main) {
  await runMain(async () => {
    const line = parseCommandLine({ name: taskCommand("report"), ...COMMAND });
    const { flags: { config: names, out }, overrides } = line;
    const file = names.length === 1 ? recipeOf(names[0]!) : null;
    if (file === null) {
      const [key] = Object.keys(overrides);
      if (key !== undefined) {
        throw new ConfigError(`--${key} changes nothing of runs that are compared. Leave it out.`);
      }
      const runs = names.map((name) => String(run().fromText(name)));
      const page = await writeComparison(runs, out ?? `${RUNS}/report.html`);
      printResult({ report: page }, () => `Report ${pathForCaller(page)}`);
      return;
    }
    refuseFlags(line, ["out"], "the report of a recipe lies in the folder of its first run");
    const config = await loadRecipe(file, overrides);
    const report = await writeReport(config, { file: shownPath(file), overrides });
    printResult({ report }, () => `Report ${pathForCaller(report)}`);
  });
}
