/**
 * Measures the samples of trained models:
 * `deno task evaluate RUN [RUN ...] [--config RECIPE]`.
 *
 * @module
 */

import { optional, parseCommandLine, repeated } from "../lib/cli/args.ts";
import { formatSteps } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { recipe, run } from "../lib/cli/names.ts";
import { Progress } from "../lib/cli/progress.ts";
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
  EVALUATION_FILE,
  type EvaluationResult,
  sampleSettings,
  writeEvaluation,
} from "../lib/eval/evaluation.ts";
import { measureSamples } from "../lib/eval/metrics.ts";
import { FlowLanguageModel, type Sample } from "../lib/sampling/flow_language_model.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { makeFolder } from "../lib/system/system_error.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { CONFIG } from "../lib/checkpoint/files.ts";
import { checkpointIdentity } from "../lib/checkpoint/identity.ts";
import { openMeasured, resultsFolder, type WriterCheckpoint } from "./measuring/measured_run.ts";
import { qualityTable } from "./report/quality_table.ts";

/** Keys of the configuration that decide what is measured of texts. */
const MEASURED_KEYS = ["data.source.kind", "data.tokenizer", "data.length"];

/**
 * Opens the checkpoint of a run that is to be evaluated.
 *
 * @throws {ConfigError} if the model was trained on other texts than the configuration's.
 * @throws {CheckpointError} if there is no checkpoint of a model that writes text.
 * @throws {FlmError} if the evaluation cannot be written.
 */
async function openEvaluated({ data }: Config, run: string): Promise<WriterCheckpoint> {
  const checkpoint = await openMeasured(run, `${resultsFolder(run)}/${EVALUATION_FILE}`);
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
export async function evaluate(gpu: Gpu, config: Config, run: string): Promise<Evaluation> {
  const opened = await openEvaluated(config, run);
  const checkpoint = await checkpointIdentity(opened);
  using model = await FlowLanguageModel.load(opened.location, { gpu });
  const { kind, step } = opened.state;
  using interrupt = new Interrupt();
  const settings = sampleSettings(config.evaluation);
  const gammas = kind === "psd" ? settings.gammas : [null];
  const results: EvaluationResult[] = [];
  for (const numSteps of settings.numSteps) {
    for (const gamma of gammas) {
      const label = `${kind}, ${formatSteps(numSteps)}${gamma === null ? "" : `, gamma ${gamma}`}`;
      using bar = new Progress({ label, total: null });
      const samples = await model.sample({
        numSteps,
        ...(gamma === null ? {} : { gamma }),
        numSamples: settings.numSamples,
        batchSize: config.evaluation.batchSize,
        seed: settings.seed,
        signal: interrupt.signal,
        onProgress: (done) => bar.update(done),
      });
      bar.finish();
      results.push({ numSteps, gamma, ...measure(samples, config) });
    }
  }
  return { model: kind, checkpoint, step, settings, results };
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

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("evaluate"),
      doc: "Measures the samples of trained models by number of steps.",
      positionals: [{ name: "RUN", flag: "checkpoint" }],
      flags: {
        checkpoint: repeated(run({ doc: "The model's run." })),
        config: optional(recipe({
          doc: "How samples are drawn (its section evaluation); that of the run unless given.",
        })),
      },
      overrides: configKeys(),
    });
    const given = flags.config === null ? null : await loadRecipe(flags.config, overrides);
    const runs: { run: string; config: Config }[] = [];
    // A run that cannot be measured is better found before the others are.
    for (const run of flags.checkpoint) {
      const config = given ?? await configOf(run, overrides);
      await openEvaluated(config, run);
      runs.push({ run, config });
    }
    using gpu = await Gpu.open();
    for (const { run, config } of runs) {
      const folder = resultsFolder(run);
      const evaluation = await evaluate(gpu, config, run);
      try {
        print(qualityTable([evaluation]));
      } finally {
        await makeFolder(folder);
        await writeEvaluation(folder, evaluation);
      }
      print(`Samples in ${pathForCaller(folder)}/${EVALUATION_FILE}`);
    }
  });
}
