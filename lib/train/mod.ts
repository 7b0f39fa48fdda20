/**
 * The training loop and what it is made of: networks, objectives, optimizers, averages,
 * checkpoints.
 *
 * A {@linkcode Trainer} takes steps on an {@linkcode Objective}, which gives the loss of every
 * token of a batch; {@linkcode runTraining} is a whole run, with validation, metrics and
 * checkpoints from which it goes on to the bit. Objectives of one's own are made of `./ops` and
 * {@linkcode UploadedStep}; those of the methods are in `./methods`, batches in `./data`.
 * `examples/train_loop.ts` has a run on one page.
 *
 * @example The parameters of a network
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Gpu } from "@flm/flm/gpu";
 * import { countParameters, Dit, initialise } from "@flm/flm/train";
 *
 * const config = {
 *   vocabSize: 30,
 *   length: 16,
 *   hiddenSize: 32,
 *   numBlocks: 1,
 *   numHeads: 2,
 *   condDim: 16,
 *   dropout: 0,
 *   logitCap: null,
 *   learnableLossWeighting: false,
 *   doubleTemb: false,
 * };
 * using gpu = await Gpu.open();
 * using network = Dit.create(gpu, config, true);
 * initialise(network, 1);
 * const sizes = network.parameters.tensors.map(({ shape }) => shape.reduce((a, b) => a * b));
 * assertEquals(countParameters(Dit.specs(config)), sizes.reduce((sum, size) => sum + size, 0));
 * ```
 *
 * @module
 */

export { Checkpoint } from "../checkpoint/checkpoint.ts";
export type { TensorGroup } from "../checkpoint/files.ts";
export type { Frozen, FrozenOptions } from "../checkpoint/frozen.ts";
export { exportHubFolder, type ExportHubOptions } from "../checkpoint/models/export_hub.ts";
export type { ExportOptions, TransferOptions } from "../checkpoint/models/transfer.ts";
export { exportTorchFile, type ExportTorchOptions } from "../checkpoint/models/export_torch.ts";
export { importModel, type ImportOptions } from "../checkpoint/models/import_model.ts";
export type { StoredType } from "../checkpoint/copy_tensors.ts";
export { openModel, type OpenModelOptions } from "../checkpoint/models/open_model.ts";
export type { ToldOfModel } from "../checkpoint/reference/state.ts";
export type { Precision } from "../checkpoint/precision.ts";
export type { ModelWeights, TrainedModel, Weights } from "../checkpoint/trained_model.ts";
export { loadFrozen, type LoadFrozenOptions } from "../checkpoint/models/load_frozen.ts";
export type { Teachers } from "../checkpoint/learned_from.ts";
export type { KeptCheckpoints } from "../checkpoint/kept.ts";
export type {
  BestCheckpoint,
  CheckpointState,
  ImportedFrom,
  NetworkIdentity,
  UnloggedNoise,
  UnloggedSteps,
} from "../checkpoint/state.ts";
export { type TensorGroups, UnhealthyWeightsError, writeCheckpoint } from "../checkpoint/writer.ts";
export {
  applyOverrides,
  configKeys,
  type Field,
  type KeyInfo,
  trainingConfig,
  type TrainingSection,
} from "../config/config.ts";
export type {
  FlowConfig,
  ModelConfig,
  OptimConfig,
  SamplingConfig,
  TrainConfig,
} from "../config/types.ts";
export type { NoiseName, TrainPrecision } from "../config/type_names.ts";
export type { FileRecord } from "../io/file_record.ts";
export { type CausalInputs, CausalLm } from "../model/causal_lm.ts";
export type {
  Denoiser,
  DenoiserConfig,
  DenoiserInputs,
  DropoutStep,
  Observer,
} from "../model/denoiser.ts";
export { Dit } from "../model/dit.ts";
export { causalParameterSpecs, type DitConfig, ditParameterSpecs } from "../model/dit_specs.ts";
export { initialise, type InitialiseOptions } from "../model/initialise.ts";
export { loadTensors, type NamedTensor, saveTensors } from "../model/named_tensors.ts";
export {
  type DenoiserNetwork,
  Network,
  type NetworkClass,
  type Recompute,
} from "../model/network.ts";
export {
  countParameters,
  type Init,
  type MatrixType,
  type ParameterSpec,
  ParameterStore,
  type Segment,
} from "../model/parameters.ts";
export { AdamW, type AdamWGroup, type AdamWOptions } from "./adamw.ts";
export { Ema } from "./ema.ts";
export { Muon } from "./muon.ts";
export { type GradNoise, gradNoiseScale } from "./grad_noise.ts";
export { gradNorm } from "./grad_norm.ts";
export { learningRate, type LrScheduleOptions } from "./lr_schedule.ts";
export { type StateStore, zerosLike } from "./state_store.ts";
export { type MetricsRecord, readMetrics } from "./metrics.ts";
export {
  type Objective,
  type ObjectiveOptions,
  type OwnSlice,
  ownSlices,
  type StepObjective,
} from "./objective.ts";
export { objectiveLoss } from "./objective_loss.ts";
export type { OpenRunOptions, TrainingNeeds } from "./open_run.ts";
export type { Optimizer, OptimizerStep } from "./optimizer.ts";
export {
  createOptimizer,
  type OptimizerFactory,
  registerOptimizer,
  type SliceOptimizerFactory,
} from "./optimizers.ts";
export { type MovedParameters, ParameterSlices } from "./parameter_slices.ts";
export type { Communicator } from "../system/communicator.ts";
export { type Bytes, ONE_RANK, type Ranks, type Slices } from "./ranks.ts";
export type { LoggerName } from "./run_log.ts";
export { runTraining } from "./run.ts";
export type { RunHooks, RunTrainingOptions } from "./run_hooks.ts";
export type { TrainRunResult } from "./training_loop.ts";
export type { RunSizes, WaysChange, WaysOptions } from "./run_ways.ts";
export type { SegmentSlice } from "./segment_slices.ts";
export type { TakeRunOptions } from "./take_run.ts";
export type { TimePassed } from "./time_limit.ts";
export { type StepMetrics, Trainer, type TrainerOptions } from "./trainer.ts";
export type { Training, TrainingParts, ValidationOptions } from "./training.ts";
export { uploadedObjective, type UploadedObjectiveParts } from "./uploaded_objective.ts";
export {
  type SharedPart,
  type UploadedBatch,
  UploadedStep,
  type UploadedStepOptions,
} from "./uploaded_step.ts";
export type { ValidatedModel, ValidationSamples, WriteSamples } from "./validation_samples.ts";
export type { ValidationLoss } from "./validation_loss.ts";
