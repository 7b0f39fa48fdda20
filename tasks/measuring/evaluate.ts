/**
 * What rules say of the texts that a model writes.
 *
 * @module
 */

import { CONFIG } from "../../lib/checkpoint/files.ts";
import { checkpointIdentity } from "../../lib/checkpoint/identity.ts";
import type { Precision } from "../../lib/checkpoint/precision.ts";
import type { TrainedModel } from "../../lib/checkpoint/trained_model.ts";
import { Interrupt } from "../../lib/cli/interrupt.ts";
import type { Config } from "../../lib/config/config.ts";
import {
  describeDifferences,
  originDifferences,
  originOfConfig,
} from "../../lib/data/shards/origin.ts";
import { ConfigError } from "../../lib/errors.ts";
import {
  type Evaluation,
  evaluationFile,
  type EvaluationResult,
  type SampleSettings,
  sampleSettings,
} from "../../lib/eval/evaluation.ts";
import { measureSamples } from "../../lib/eval/metrics.ts";
import { sharpenedWays } from "../../lib/eval/sharpened_way.ts";
import { deviceFacts } from "../../lib/gpu/device_facts.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import type { Sample } from "../../lib/sampling/options.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { drawTexts } from "./draw_texts.ts";
import { openMeasured, type OpenMeasuredOptions, resultsFolder } from "./measured_run.ts";

/** Which weights are measured. */
export type Weights = Evaluation["weights"];

/** Keys of the configuration that decide what is measured of texts. */
const MEASURED_KEYS = ["data.source.kind", "data.tokenizer", "data.length"];

/**
 * Opens the checkpoint of a run that is to be evaluated.
 *
 * @throws {ConfigError} if the model was trained on other texts than the configuration's.
 * @throws {CheckpointError} if there is no checkpoint of a model that writes text.
 * @throws {FlmError} if the evaluation cannot be written.
 */
export async function openEvaluated(
  { data }: Config,
  run: string,
  weights: Weights,
  how: OpenMeasuredOptions = {},
): Promise<TrainedModel> {
  const result = `${resultsFolder(run)}/${evaluationFile(weights)}`;
  const checkpoint = await openMeasured(run, result, how);
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
 * @param sharpening What is done to predictions, in turn; nothing unless told.
 * @param how What is told of a model that is no run, what its matrices are stored in, and who
 * draws.
 * @throws {FlmError} as {@linkcode openEvaluated}, or if the checkpoint is damaged.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function evaluate(
  gpu: Gpu,
  config: Config,
  run: string,
  weights: Weights = "ema",
  sharpening: Pick<SampleSettings, "temperatures" | "topPs"> = {},
  { precision = "auto", ...how }: OpenMeasuredOptions & { readonly precision?: Precision } = {},
): Promise<Evaluation> {
  const opened = await openEvaluated(config, run, weights, how);
  const checkpoint = await checkpointIdentity(opened);
  using model = await FlowLanguageModel.of(opened, { gpu, weights, precision });
  const { kind, step } = opened.state;
  using interrupt = new Interrupt();
  const { ranks } = how;
  const limits = { batchSize: config.evaluation.batchSize, ranks, signal: interrupt.signal };
  const settings = {
    ...sampleSettings(config.evaluation),
    ...sharpening,
    // The other kinds change no number.
    ...(precision === "f16" && { precision }),
  };
  const { numSamples, seed } = settings;
  await ranks?.compare({
    settings: { ...settings, weights, batchSize: limits.batchSize },
    checkpoint,
    data: config.data,
    device: deviceFacts(gpu),
  });
  const gammas = model.method.writer?.takesRenewal ? settings.gammas : [null];
  const results: EvaluationResult[] = [];
  for (const numSteps of settings.numSteps) {
    for (const gamma of gammas) {
      for (const sharpened of sharpenedWays(settings.temperatures, settings.topPs)) {
        const way = { numSteps, gamma, ...sharpened };
        const samples = await drawTexts(model, { ...way, numSamples, seed }, limits);
        results.push({ ...way, ...measure(samples, config) });
      }
    }
  }
  return { model: kind, checkpoint, step, weights, settings, results };
}

function measure(
  samples: readonly Sample[],
  { data }: Config,
): Pick<EvaluationResult, "metrics" | "texts"> {
  const tokens = samples.map((sample) => sample.tokens);
  const texts = samples.map((sample) => sample.text);
  return { metrics: measureSamples(data, { texts, tokens, length: data.length }), texts };
}
