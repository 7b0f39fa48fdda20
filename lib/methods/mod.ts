/**
 * The methods, each with its loss, objective and sampler, and the flow that they stand on.
 *
 * A {@linkcode Method} is one way to make a language model: {@linkcode flm} from data,
 * {@linkcode psd}, {@linkcode semigroup} and {@linkcode secondStage} by distillation,
 * {@linkcode ar} as the autoregressive model to compare with. {@linkcode registerMethod} adds one
 * of one's own, which then trains, resumes, validates and samples as these do;
 * `examples/own_loss.ts` has one.
 *
 * @example What a table of methods says
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { methodOf, methods } from "@flm/flm/methods";
 *
 * const kinds = methods().map(({ kind }) => kind);
 * assertEquals(kinds, ["flm", "psd", "semigroup", "second_stage", "ar"]);
 * assertEquals(methodOf("psd").learnsFrom, { teacher: "flm" });
 * ```
 *
 * @module
 */

export type {
  ArConfig,
  DistillConfig,
  Inherited,
  MethodOptions,
  SecondStageConfig,
} from "../config/config.ts";
export { EmbeddedForm, EmbeddedLatent } from "../flow/embedded_latent.ts";
export { FREE_TOKEN, type HeldRows, holdRows, holdTokens } from "../flow/held_tokens.ts";
export {
  drawIntervals,
  type IntervalRules,
  type Intervals,
  type IntervalTimes,
  pickIntervals,
} from "../flow/intervals.ts";
export type { Latent, LatentDraw, LatentForm, LatentNoise } from "../flow/latent.ts";
export { createLatentForm } from "../flow/latent_form.ts";
export type { FlowNetworks, StepOutputs } from "../flow/networks.ts";
export {
  type EmbeddedRows,
  type ProjectedData,
  ProjectedNoise,
  usualNoise,
} from "../flow/projected_noise.ts";
export { type SampleTensors, uploadSamples } from "../flow/sample_tensors.ts";
export { runSampler, type SamplerOptions, type SamplerState } from "../flow/sampler.ts";
export {
  eulerWeight,
  mapIntervals,
  type SamplerStep,
  type StepFactors,
  type StepInterval,
  towardsPrediction,
  VELOCITY_EPS,
} from "../flow/sampler_steps.ts";
export { GammaSchedule } from "../flow/schedule.ts";
export { drawTimes, type TimeInterval, type TimeKey } from "../flow/time_sampling.ts";
export { VocabularyForm, VocabularyLatent } from "../flow/vocabulary_latent.ts";
export { type WeightedLoss, weightedLoss } from "../flow/weighted_loss.ts";
export {
  boolean,
  type Field,
  type FieldOptions,
  integer,
  nullable,
  type NullableOptions,
  number,
  type NumberOptions,
  oneOf,
  type Range,
  text,
} from "../schema/field.ts";
export type {
  AnyNode,
  AnySection,
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
} from "../schema/tree.ts";
export { ar } from "./ar/mod.ts";
export { causalObjective } from "./ar/objective.ts";
export { type FlowPlan, flowWriter, type FlowWriterOptions } from "./base/flow_writer.ts";
export type { Method, TrainingInputs } from "./base/method.ts";
export { networkConfig } from "./base/network_config.ts";
export { readOptions } from "./base/options.ts";
export {
  distillInputs,
  type StudentOptions,
  studentTraining,
  weightsDistillation,
} from "./base/student_training.ts";
export type { TextDraw, TextSampler, Writer, WriterNetworks } from "./base/writer.ts";
export { type CorruptedRows, type FlmBatch, flmCrossEntropy, flmLoss } from "./flm/loss.ts";
export { flm } from "./flm/mod.ts";
export { flmObjective } from "./flm/objective.ts";
export { flmSteps } from "./flm/steps.ts";
export { psd } from "./psd/mod.ts";
export { psdObjective, type PsdObjectiveOptions } from "./psd/objective.ts";
export { psdSteps } from "./psd/steps.ts";
export type { PsdRules } from "./psd/times.ts";
export { secondStage } from "./second_stage/mod.ts";
export {
  secondStageObjective,
  type SecondStageObjectiveOptions,
} from "./second_stage/objective.ts";
export { secondStageSteps } from "./second_stage/steps.ts";
export { semigroup } from "./semigroup/mod.ts";
export { semigroupObjective, type SemigroupObjectiveOptions } from "./semigroup/objective.ts";
export { semigroupSteps } from "./semigroup/steps.ts";
export { findMethod, methodOf, methods, registerMethod, titleOf } from "./table.ts";
export { type LoadedTeachers, loadTeachers } from "./teachers.ts";
export { type RunToTune, trainRun, type TrainRunOptions, type Tune } from "./train_run.ts";
