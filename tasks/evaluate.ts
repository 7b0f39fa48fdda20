/**
 * Measures the texts that models write, by rules: `deno task evaluate RUN [RUN ...]`.
 *
 * @module
 */

import { type FlagValues, optional, parseCommandLine } from "../lib/cli/args.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { recipe } from "../lib/cli/names.ts";
import { print } from "../lib/cli/stdout.ts";
import { applyOverrides, type Config, configKeys, parseConfig } from "../lib/config/config.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { fullKey } from "../lib/config/key_names.ts";
import { Checkpoint } from "../lib/checkpoint/checkpoint.ts";
import {
  describeDifferences,
  originDifferences,
  originOfConfig,
} from "../lib/data/shards/origin.ts";
import { ConfigError } from "../lib/errors.ts";
import {
  type Evaluation,
  evaluationFile,
  type EvaluationResult,
  sampleSettings,
  writeEvaluation,
} from "../lib/eval/evaluation.ts";
import { measureSamples } from "../lib/eval/metrics.ts";
import type { Sample } from "../lib/sampling/options.ts";
import { FlowLanguageModel } from "../lib/sampling/flow_language_model.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { makeFolder } from "../lib/system/system_error.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { CONFIG } from "../lib/checkpoint/files.ts";
import { checkpointIdentity } from "../lib/checkpoint/identity.ts";
import { openMeasured, resultsFolder } from "./measuring/measured_run.ts";
import { drawTexts } from "./measuring/draw_texts.ts";
import { DRAWING_FLAGS, measuringDoc, MODEL_FLAGS, RUN_ARGUMENTS } from "./measuring/flags.ts";
import { qualityTable } from "./report/quality_table.ts";

/** Which weights are measured. */
type Weights = Evaluation["weights"];

/** Keys of the configuration that decide what is measured of texts. */
const MEASURED_KEYS = ["data.source.kind", "data.tokenizer", "data.length"];

/**
 * Opens the checkpoint of a run that is to be evaluated.
 *
 * @throws {ConfigError} if the model was trained on other texts than the configuration's.
 * @throws {CheckpointError} if there is no checkpoint of a model that writes text.
 * @throws {FlmError} if the evaluation cannot be written.
 */
async function openEvaluated(
  { data }: Config,
  run: string,
  weights: Weights,
): Promise<Checkpoint> {
  const checkpoint = await openMeasured(run, `${resultsFolder(run)}/${evaluationFile(weights)}`);
  const trained = originOfConfig(checkpoint.state.config.data);
  const differences = originDifferences(trained, originOfConfig(data))
    .filter(({ key }) => MEASURED_KEYS.includes(key));
  if (differences.length === 0) return checkpoint;
  throw new ConfigError(
    `The model in ${pathForCaller(run)} was trained with another configuration: ` +
      `${describeDifferences(differences)}. Give the one that it was trained with, which is ` +
      `${pathForCaller(`${run}/${CONFIG}`)}.`,
  );
}

/**
 * Draws samples of a run's model in every way that the configuration asks for, and measures them.
 *
 * @throws {FlmError} as {@linkcode openEvaluated}, or if the checkpoint is damaged.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function evaluate(
  gpu: Gpu,
  config: Config,
  run: string,
  weights: Weights = "ema",
): Promise<Evaluation> {
  const opened = await openEvaluated(config, run, weights);
  const checkpoint = await checkpointIdentity(opened);
  using model = await FlowLanguageModel.load(opened.location, { gpu, weights });
  const { kind, step } = opened.state;
  using interrupt = new Interrupt();
  const limits = { batchSize: config.evaluation.batchSize, signal: interrupt.signal };
  const settings = sampleSettings(config.evaluation);
  const { numSamples, seed } = settings;
  const gammas = model.method.writer?.takesRenewal ? settings.gammas : [null];
  const results: EvaluationResult[] = [];
  for (const numSteps of settings.numSteps) {
    for (const gamma of gammas) {
      const samples = await drawTexts(model, { numSteps, gamma, numSamples, seed }, limits);
      results.push({ numSteps, gamma, ...measure(samples, config) });
    }
  }
  return { model: kind, checkpoint, step, weights, settings, results };
}

/** The configuration that a run's newest checkpoint was trained with. */
async function configOf(
  run: string,
  overrides: Readonly<Record<string, string>>,
): Promise<Config> {
  const { state: { config }, location } = await Checkpoint.open(run);
  const overridden = Object.keys(overrides).map(fullKey);
  return parseConfig(applyOverrides(config, overrides), { file: location, overridden });
}

function measure(
  samples: readonly Sample[],
  { data }: Config,
): Pick<EvaluationResult, "metrics" | "texts"> {
  const tokens = samples.map((sample) => sample.tokens);
  const texts = samples.map((sample) => sample.text);
  return { metrics: measureSamples(data, { texts, tokens, length: data.length }), texts };
}

const { steps, gamma, numSamples, seed, batchSize } = DRAWING_FLAGS;

const FLAGS = {
  ...MODEL_FLAGS,
  config: optional(recipe({
    doc: "The recipe that says how texts are drawn; each model's own unless given.",
  })),
  // The recipe says what is not given.
  steps: optional(steps),
  gamma: optional(gamma),
  numSamples: optional(numSamples),
  seed: optional(seed),
  batchSize: optional(batchSize),
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

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("evaluate"),
      doc: measuringDoc("evaluate"),
      positionals: RUN_ARGUMENTS,
      flags: FLAGS,
      overrides: configKeys(),
    });
    const { checkpoint, weights } = flags;
    const given = flags.config === null ? null : await loadRecipe(flags.config, overrides);
    const runs: { run: string; config: Config }[] = [];
    // A run that cannot be measured is better found before the others are.
    for (const run of checkpoint) {
      const config = asFlagsSay(given ?? await configOf(run, overrides), flags);
      await openEvaluated(config, run, weights);
      runs.push({ run, config });
    }
    using gpu = await Gpu.open();
    for (const { run, config } of runs) {
      const folder = resultsFolder(run);
      const evaluation = await evaluate(gpu, config, run, weights);
      try {
        print(qualityTable([evaluation]));
      } finally {
        await makeFolder(folder);
        await writeEvaluation(folder, evaluation);
      }
      print(`Texts in ${pathForCaller(folder)}/${evaluationFile(weights)}`);
    }
  });
}
