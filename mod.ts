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

// Whole models.
export {
  type LoadOptions,
  type Sample,
  type SampleOptions,
  type SamplingOptions,
  type SamplingStep,
} from "./lib/sampling/options.ts";
export { FlowLanguageModel } from "./lib/sampling/flow_language_model.ts";

export {
  trainText,
  type TrainTextOptions,
  type TrainTextProgress,
} from "./lib/sampling/train_text.ts";

// Configurations and errors.
export { loadConfig } from "./lib/config/config_file.ts";
export * from "./lib/config/config.ts";
export { CheckpointError, ConfigError, DataError, FlmError, GpuError } from "./lib/errors.ts";

// Text.
export type { GivenText, GivenTokens } from "./lib/text/given_tokens.ts";
export { createDetokenizer, type Detokenizer, DETOKENIZER_NAMES } from "./lib/text/detokenizer.ts";
export {
  createTokenizer,
  TOKENIZER_NAMES,
  type TokenizerOptions,
} from "./lib/text/create_tokenizer.ts";
export { type PieceEncoder, type Tokenizer, type TokenSink } from "./lib/text/tokenizer.ts";

// Data.
export {
  type BatchSlice,
  type BatchSource,
  type SampleRange,
  TrainingBatches,
  type TrainingBatchesOptions,
  ValidationBatches,
} from "./lib/data/batches/batches.ts";
export { type BlockSource, memoryBlocks } from "./lib/data/shards/blocks.ts";
export type {
  Corpus,
  CorpusLocation,
  CorpusPart,
  CorpusParts,
  TextPiece,
} from "./lib/data/corpus.ts";
export { openCorpus } from "./lib/data/corpora/open_corpus.ts";
export { textCorpus } from "./lib/data/corpora/text_corpus.ts";
export type {
  ShardFile,
  ShardManifest,
  SplitManifest,
  SplitName,
} from "./lib/data/shards/manifest.ts";
export type { Packing } from "./lib/data/shards/packing.ts";
export {
  preprocess,
  type PreprocessOptions,
  type PreprocessProgress,
  type PreprocessResult,
} from "./lib/data/preprocess/preprocess.ts";
export {
  openShards,
  type ShardExpectation,
  ShardSet,
  type VerifyOptions,
} from "./lib/data/shards/shards.ts";

// Training.
export { Checkpoint, type TensorGroup, writeCheckpoint } from "./lib/checkpoint/checkpoint.ts";
export { type TensorGroups, UnhealthyWeightsError } from "./lib/checkpoint/writer.ts";
export type { FileRecord } from "./lib/io/file_record.ts";
export type { Teachers } from "./lib/checkpoint/learned_from.ts";
export type { CheckpointState, NetworkIdentity, UnloggedSteps } from "./lib/checkpoint/state.ts";
export { type Frozen, type FrozenOptions, loadFrozen } from "./lib/checkpoint/frozen.ts";
export type { OpenRunOptions, TrainingNeeds } from "./lib/train/open_run.ts";
export type { TakeRunOptions } from "./lib/train/take_run.ts";
export { Ema } from "./lib/train/ema.ts";
export { type MetricsRecord, readMetrics } from "./lib/train/metrics.ts";
export {
  type Objective,
  type ObjectiveOptions,
  type OwnSlice,
  ownSlices,
  type StepObjective,
} from "./lib/train/objective.ts";
export { AdamW, type AdamWGroup, type AdamWOptions } from "./lib/train/adamw.ts";
export type { Optimizer, OptimizerStep } from "./lib/train/optimizer.ts";
export {
  createOptimizer,
  type OptimizerFactory,
  registerOptimizer,
} from "./lib/train/optimizers.ts";
export { ONE_RANK, type Ranks } from "./lib/train/ranks.ts";
export {
  type RunHooks,
  runTraining,
  type RunTrainingOptions,
  type TrainRunResult,
} from "./lib/train/run.ts";
export { type StepMetrics, Trainer, type TrainerOptions } from "./lib/train/trainer.ts";
export type { Training, ValidationOptions } from "./lib/train/training.ts";
export {
  type UploadedBatch,
  UploadedStep,
  type UploadedStepOptions,
} from "./lib/train/uploaded_step.ts";

// Methods.
export type { Method, TrainingInputs } from "./lib/methods/base/method.ts";
export type { TextDraw, TextSampler, Writer, WriterNetworks } from "./lib/methods/base/writer.ts";
export { networkConfig } from "./lib/methods/base/network_config.ts";
export { readOptions } from "./lib/methods/base/options.ts";
export {
  boolean,
  type FieldOptions,
  integer,
  nullable,
  number,
  oneOf,
  type Range,
  text,
} from "./lib/schema/field.ts";
export type {
  Choice,
  Entries,
  EntryOf,
  ItemOf,
  Items,
  KindOf,
  Node,
  Optional,
  Section,
  Variant,
} from "./lib/schema/tree.ts";
export { findMethod, methodOf, methods, registerMethod, titleOf } from "./lib/methods/table.ts";
export { type LoadedTeachers, loadTeachers } from "./lib/methods/teachers.ts";
export { trainRun, type TrainRunOptions } from "./lib/methods/train_run.ts";
export { FlmObjective, type FlmObjectiveOptions } from "./lib/methods/flm/objective.ts";
export { CausalObjective } from "./lib/methods/ar/objective.ts";
export { PsdObjective, type PsdObjectiveOptions } from "./lib/methods/psd/objective.ts";
export type { PsdRules } from "./lib/methods/psd/times.ts";
export type { IntervalRules } from "./lib/flow/intervals.ts";
export {
  SecondStageObjective,
  type SecondStageObjectiveOptions,
} from "./lib/methods/second_stage/objective.ts";
export {
  SemigroupObjective,
  type SemigroupObjectiveOptions,
} from "./lib/methods/semigroup/objective.ts";

// Evaluation.
export { ArJudge, judgePerplexity } from "./lib/eval/ar_judge.ts";
export { Gpt2Judge, type Gpt2JudgeOptions } from "./lib/eval/gpt2_judge.ts";
export type { HubOptions } from "./lib/hub/hub.ts";
export type { Attendance, Wait } from "./lib/net/retry_policy.ts";
export { meanTokenEntropy, meanUniqueTokens, tokenEntropy } from "./lib/eval/entropy.ts";
export {
  type GenerativePerplexity,
  generativePerplexity,
  type ScoreOptions,
  scoreTexts,
  type TextScore,
} from "./lib/eval/generative_perplexity.ts";
export type { Judge } from "./lib/eval/judge.ts";
export { judgeTokens, sampleText } from "./lib/eval/judge_tokens.ts";
export {
  type JudgeLocation,
  locateJudge,
  openJudge,
  type OpenJudgeOptions,
} from "./lib/eval/open_judge.ts";
export { type NllSum, perplexityOf, scoredTokens, sumScored } from "./lib/eval/scored_tokens.ts";
export { timeGridLoss, type TimeGridOptions } from "./lib/methods/flm/time_grid_loss.ts";
export { type ValidationLoss } from "./lib/train/validation_loss.ts";
export { type FlmValidationOptions, validate } from "./lib/methods/flm/validation.ts";

// The flow.
export { type FlmBatch, flmCrossEntropy, flmLoss } from "./lib/methods/flm/loss.ts";
export { EmbeddedForm, EmbeddedLatent } from "./lib/flow/embedded_latent.ts";
export { FREE_TOKEN, type HeldRows, holdRows, holdTokens } from "./lib/flow/held_tokens.ts";
export type { Latent, LatentDraw, LatentForm, LatentNoise } from "./lib/flow/latent.ts";
export { createLatentForm } from "./lib/flow/latent_form.ts";
export { type FlowNetworks, type StepOutputs } from "./lib/flow/networks.ts";
export { runSampler, type SamplerOptions, type SamplerState } from "./lib/flow/sampler.ts";
export { flmSteps } from "./lib/methods/flm/steps.ts";
export { secondStageSteps } from "./lib/methods/second_stage/steps.ts";
export { semigroupSteps } from "./lib/methods/semigroup/steps.ts";
export { psdSteps } from "./lib/methods/psd/steps.ts";
export { type SamplerStep } from "./lib/flow/sampler_steps.ts";
export { VocabularyForm, VocabularyLatent } from "./lib/flow/vocabulary_latent.ts";
export { type Lanes, Philox, Stream } from "./lib/random/philox.ts";
export { GammaSchedule } from "./lib/flow/schedule.ts";
export { drawTimes, type TimeInterval, type TimeKey } from "./lib/flow/time_sampling.ts";

// The network.

export { Dit } from "./lib/model/dit.ts";
export type {
  Denoiser,
  DenoiserConfig,
  DenoiserInputs,
  DropoutStep,
  Observer,
} from "./lib/model/denoiser.ts";
export { type CausalInputs, CausalLm } from "./lib/model/causal_lm.ts";
export {
  causalParameterSpecs,
  countParameters,
  type DitConfig,
  ditParameterSpecs,
} from "./lib/model/dit_specs.ts";
export { Gpt2 } from "./lib/model/gpt2.ts";
export { type Gpt2Config, gpt2ParameterSpecs, parseGpt2Config } from "./lib/model/gpt2_config.ts";
export { loadGpt2, loadGpt2Weights } from "./lib/model/gpt2_load.ts";
export { type Drawn, initialise } from "./lib/model/initialise.ts";
export type { DenoiserNetwork, Network, NetworkClass } from "./lib/model/network.ts";
export { loadTensors, type NamedTensor, saveTensors } from "./lib/model/named_tensors.ts";
export { Parameter, type ParameterWindow } from "./lib/ops/parameter.ts";
export {
  type Init,
  type ParameterSpec,
  ParameterStore,
  type Segment,
} from "./lib/model/parameters.ts";

// The GPU and differentiation on it.
export { type AdapterKind, Gpu, type GpuOptions } from "./lib/gpu/gpu.ts";
export type { Image } from "./lib/gpu/image.ts";
export type { Kernels } from "./kernels/sources.ts";
export { defineKernel, type OwnKernel } from "./lib/gpu/define_kernel.ts";
export type {
  BindingsOf,
  ConstantsOf,
  KernelCall,
  KernelName,
  KernelRef,
  Only,
  ParamsOf,
} from "./lib/gpu/kernel_call.ts";
export type { PoolReport } from "./lib/gpu/pool.ts";
export { formatProfile, type ProfileRow } from "./lib/gpu/profiler.ts";
export type { Template, TemplateConstants } from "./lib/gpu/template.ts";
export { type BufferView, type DType, Tensor } from "./lib/gpu/tensor.ts";
export * from "./lib/ops/mod.ts";

// Safetensors files.
export {
  type ArrayKind,
  type ArrayKinds,
  type ByteSource,
  type DType as SafetensorsDType,
  SafetensorsFile,
  type TensorData,
  type TensorInfo,
  type TensorPiece,
  type TensorSpec,
  writeSafetensors,
} from "./lib/safetensors/mod.ts";

if (import.meta.main) {
  const { runProgram } = await import("./lib/cli/program.ts");
  await runProgram(Deno.args, import.meta.url);
}
