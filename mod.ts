/**
 * Flow Language Models on WebGPU: training, sampling and everything between, in Deno and without
 * a native dependency.
 *
 * As a program it writes text with a trained model, from a folder or from any web server:
 *
 * ```sh
 * deno run --allow-read mod.ts sample --checkpoint runs/demo --steps 64 --num-samples 4
 * ```
 *
 * @example Write text with a trained model
 * ```ts
 * import { FlowLanguageModel } from "@flm/flm";
 *
 * using model = await FlowLanguageModel.load("runs/demo");
 * const samples = await model.sample({ numSamples: 4, numSteps: 8, seed: 1 });
 * for (const { text } of samples) console.log(text);
 * ```
 *
 * @example Train a model on a text of your own
 * ```ts
 * import { trainText } from "@flm/flm";
 *
 * const text = await Deno.readTextFile("mine.txt");
 * using model = await trainText(text, { numSteps: 2 });
 * console.log((await model.sample({ numSteps: 8 }))[0]!.text);
 * ```
 *
 * @example The same step by step, for texts of any size
 * ```ts
 * import { createTokenizer, Gpu, openCorpus, parseConfig, preprocess, trainRun } from "@flm/flm";
 *
 * const config = parseConfig({
 *   name: "mine",
 *   data: { source: { kind: "file", path: "mine.txt" }, length: 32, dir: "shards/mine" },
 *   model: { hiddenSize: 64, numBlocks: 2, numHeads: 2, condDim: 64 },
 *   train: { numSteps: 2, batchSize: 8 },
 * });
 * const { data } = config;
 * await preprocess(openCorpus(data.source), await createTokenizer(data.tokenizer), data);
 * using gpu = await Gpu.open();
 * await trainRun({ gpu, config, run: "runs/mine", resume: false });
 * ```
 *
 * @module
 */

// Models.
export { FlowLanguageModel } from "./lib/sampling/flow_language_model.ts";
export type {
  LoadOptions,
  Sample,
  SampleOptions,
  SamplingOptions,
  SamplingStats,
  SamplingStep,
} from "./lib/sampling/options.ts";
export type { GivenText, GivenTokens } from "./lib/text/given_tokens.ts";
export { SHOWCASE } from "./lib/sampling/showcase.ts";

// Training.
export { trainRun, type TrainRunOptions } from "./lib/methods/train_run.ts";
export {
  trainText,
  type TrainTextOptions,
  type TrainTextProgress,
} from "./lib/sampling/train_text.ts";
export type { RunHooks } from "./lib/train/run_hooks.ts";
export type { TrainRunResult } from "./lib/train/training_loop.ts";
export type { TimePassed } from "./lib/train/time_limit.ts";
export type { StepMetrics } from "./lib/train/trainer.ts";
export type { ValidationLoss } from "./lib/train/validation_loss.ts";

// Data.
export { openCorpus } from "./lib/data/corpora/open_corpus.ts";
export { textCorpus } from "./lib/data/corpora/text_corpus.ts";
export type { Corpus, CorpusLocation } from "./lib/data/corpus.ts";
export type { PreprocessOptions, PreprocessProgress } from "./lib/data/preprocess/options.ts";
export { preprocess, type PreprocessResult } from "./lib/data/preprocess/preprocess.ts";
export {
  createTokenizer,
  type TokenizerOptions,
  type TokenizerToLearn,
} from "./lib/text/create_tokenizer.ts";
export type { Tokenizer } from "./lib/text/tokenizer.ts";

// Configurations.
export { type Config, parseConfig, type ParseConfigOptions } from "./lib/config/config.ts";
export { loadConfig } from "./lib/config/config_file.ts";

// The device.
export { Gpu, type GpuOptions } from "./lib/gpu/gpu.ts";

// Errors.
export { CheckpointError, ConfigError, DataError, FlmError, GpuError } from "./lib/errors.ts";

if (import.meta.main) {
  const { runProgram } = await import("./lib/cli/program.ts");
  await runProgram(Deno.args, import.meta.url);
}
