/**
 * Measures the texts that models write, by rules: `deno task evaluate RUN [RUN ...]`.
 *
 * @module
 */

import { openModel, type OpenModelOptions } from "../lib/checkpoint/models/open_model.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand, type FlagValues, optional } from "../lib/cli/flags.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { noteOnce, PRECISION_FLAG, toldByFlags } from "../lib/cli/model_flags.ts";
import { recipe } from "../lib/cli/names.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { runRanks } from "../lib/cli/rank_main.ts";
import { tell } from "../lib/cli/stdout.ts";
import { applyOverrides, type Config, configKeys, parseConfig } from "../lib/config/config.ts";
import { fullKey } from "../lib/config/key_names.ts";
import {
  type Evaluation,
  evaluationFile,
  replacedSettings,
  writeEvaluation,
} from "../lib/eval/evaluation.ts";
import { sharpenedWays } from "../lib/eval/sharpened_way.ts";
import { methodOf } from "../lib/methods/table.ts";
import { makeFolder } from "../lib/system/system_error.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { textTable } from "./figures/text_table.ts";
import { gammasOf, requireSharpened } from "./gen_ppl/draw.ts";
import { evaluate, openEvaluated } from "./measuring/evaluate.ts";
import { DRAWING_FLAGS, measuringDoc, MODEL_FLAGS, RUN_ARGUMENTS } from "./measuring/flags.ts";
import { measureRuns } from "./measuring/measure_runs.ts";
import { resultsFolder } from "./measuring/measured_run.ts";
import { qualityTable } from "./report/quality_table.ts";

const { steps, gamma, temperature, topP, numSamples, seed, batchSize } = DRAWING_FLAGS;

const FLAGS = {
  ...MODEL_FLAGS,
  ...PRECISION_FLAG,
  ...inGroup("input", {
    config: optional(recipe({
      doc: "The recipe that says how texts are drawn; each model's own unless given.",
    })),
  }),
  // The recipe says what is not given.
  steps: optional(steps),
  gamma: optional(gamma),
  temperature,
  topP,
  numSamples: optional(numSamples),
  seed: optional(seed),
  batchSize: optional(batchSize),
  ...JSON_FLAG,
};

/** A configuration whose texts are drawn as the flags say, and else as it says itself. */
function asFlagsSay(config: Config, flags: FlagValues<typeof FLAGS>): Config {
  const { evaluation } = config;
  return {
    ...config,
    evaluation: {
      ...evaluation,
      numSteps: flags.steps ?? evaluation.numSteps,
      gammas: flags.gamma ?? evaluation.gammas,
      numSamples: flags.numSamples ?? evaluation.numSamples,
      seed: flags.seed ?? evaluation.seed,
      batchSize: flags.batchSize ?? evaluation.batchSize,
    },
  };
}

/** What is done to predictions; a file says nothing of it if it is nothing. */
function settingsOf(temperatures: readonly number[], topPs: readonly number[]) {
  const isPlain = (values: readonly number[]) => values.every((value) => value === 1);
  return {
    ...(isPlain(temperatures) ? {} : { temperatures }),
    ...(isPlain(topPs) ? {} : { topPs }),
  };
}

/** The configuration that a run's newest checkpoint was trained with. */
async function configOf(
  run: string,
  overrides: Readonly<Record<string, string>>,
  how: OpenModelOptions,
): Promise<Config> {
  const { state: { config }, location } = await openModel(run, how);
  const overridden = Object.keys(overrides).map(fullKey);
  return parseConfig(applyOverrides(config, overrides), { file: location, overridden });
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: measuringDoc("evaluate"),
  positionals: RUN_ARGUMENTS,
  flags: FLAGS,
  overrides: configKeys(),
});

if (import.meta.main) {
  await runRanks(async ({ ranks }) => {
    const { flags, overrides } = parseCommandLine({ name: taskCommand("evaluate"), ...COMMAND });
    const { checkpoint, weights, precision, temperature, topP } = flags;
    const sharpening = settingsOf(temperature, topP);
    const how = { ...toldByFlags(flags), onNote: noteOnce() };
    const given = flags.config === null ? null : await loadRecipe(flags.config, overrides);
    await measureRuns(checkpoint, {
      backend: flags.backend,
      async open(run) {
        const config = asFlagsSay(given ?? await configOf(run, overrides, how), flags);
        const { state } = await openEvaluated(config, run, weights, { ...how, ranks });
        // Those of a recipe are for the models that take them, those of the flag for these.
        gammasOf(methodOf(state.kind), flags.gamma);
        requireSharpened(methodOf(state.kind), sharpenedWays(temperature, topP));
        return config;
      },
      async measure(gpu, run, config, show: (found: Evaluation) => void) {
        const folder = resultsFolder(run);
        const evaluation = await evaluate(gpu, config, run, weights, sharpening, {
          ...how,
          precision,
          ranks,
        });
        if (ranks.rank > 0) return;
        const replaced = await replacedSettings(folder, evaluation);
        try {
          show(evaluation);
        } finally {
          await makeFolder(folder);
          await writeEvaluation(folder, evaluation);
        }
        tell(`Texts in ${pathForCaller(folder)}/${evaluationFile(weights)}`);
        if (replaced.length > 0) {
          tell(`They replace those of other settings: ${replaced.join("; ")}`);
        }
      },
      inWords: { each: (found) => textTable(qualityTable([found])) },
    });
  });
}
