/**
 * How well a model knows the clean tokens of validation data.
 *
 * @module
 */

import { checkpointIdentity } from "../../lib/checkpoint/identity.ts";
import type { Precision } from "../../lib/checkpoint/precision.ts";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import {
  type TrainedModel,
  type Weights,
  weightsInName,
} from "../../lib/checkpoint/trained_model.ts";
import { formatUnits } from "../../lib/cli/format.ts";
import { Interrupt } from "../../lib/cli/interrupt.ts";
import { shownPath } from "../../lib/cli/paths.ts";
import { Progress } from "../../lib/cli/progress.ts";
import { tell } from "../../lib/cli/stdout.ts";
import { fillerOf } from "../../lib/data/shards/packing.ts";
import { openShards, type ShardSet } from "../../lib/data/shards/shards.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { deviceFacts } from "../../lib/gpu/device_facts.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { settingChanges } from "../../lib/eval/setting_changes.ts";
import { formerFormat, type JsonFormat, writeJsonFile } from "../../lib/io/json_file.ts";
import { timeGridLoss } from "../../lib/methods/flm/time_grid_loss.ts";
import { methodOfCheckpoint, methods } from "../../lib/methods/table.ts";
import type { DenoiserNetwork } from "../../lib/model/network.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { integer, oneOf } from "../../lib/schema/field.ts";
import { makeFolder } from "../../lib/system/system_error.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import { requireTrainedShards } from "../../lib/train/trained_shards.ts";
import type { ValidationLoss } from "../../lib/train/validation_loss.ts";
import { openMeasured, type OpenMeasuredOptions, resultsFolder } from "./measured_run.ts";
import { validationBlocks } from "./validation_blocks.ts";

/** How a model is measured. */
export interface EvalPplSettings {
  /** Which weights. */
  readonly weights: Weights;
  /** Validation blocks, from the first on. */
  readonly numBlocks: number;
  /** Times of the grid. */
  readonly numTimes: number;
  /** Seed of the noise. */
  readonly seed: number;
  /** What the model's matrices are stored in; told in the file if it rounds them. */
  readonly precision?: Precision;
}

/** What the file of a run holds. */
export interface EvalPpl extends ValidationLoss {
  /** The kind of the model. */
  model: string;
  /** What the loss depends on besides data and settings: see {@linkcode checkpointIdentity}. */
  checkpoint: string;
  /** The checkpoint's optimisation step. */
  step: number;
  /** Hash of what the token shards depend on: only losses on the same data can be compared. */
  dataHash: string;
  /** How it was measured; of the blocks, as many as there are. */
  settings: EvalPplSettings;
  /** The adapter. */
  adapter: string;
}

/** The file of a run, or of one of its checkpoints, for the weights that were measured. */
export function evalPplFile(run: string, weights: Weights): string {
  return `${resultsFolder(run)}/eval-ppl${
    weights === "ema" ? "" : `-${weightsInName(weights)}`
  }.json`;
}

/** A checkpoint and the shards that it was trained on. */
class Subject implements Disposable {
  private constructor(readonly checkpoint: TrainedModel, readonly shards: ShardSet) {}

  /**
   * Opens a run that is to be measured, without its weights.
   *
   * @throws {FlmError} if it cannot be.
   */
  static async open(
    run: string,
    weights: Weights,
    how: OpenMeasuredOptions,
  ): Promise<Subject> {
    const file = evalPplFile(run, weights);
    const checkpoint = await openMeasured(run, file, how, (model) => requireDenoiser(model, run));
    const { state } = checkpoint;
    const { model: { length }, config: { data: { dir } } } = state;
    const shards = await openShards(dir, { tokenizer: await checkpoint.tokenizer(), length });
    using opened = new DisposableStack();
    opened.use(shards);
    requireTrainedShards(run, state, shards.manifest);
    validationBlocks(shards, dir);
    opened.move();
    return new Subject(checkpoint, shards);
  }

  [Symbol.dispose](): void {
    this.shards[Symbol.dispose]();
  }
}

/** Checks that a run can be measured. @throws {FlmError} if it cannot be. */
export async function requireEvalPpl(
  run: string,
  weights: Weights,
  how: OpenMeasuredOptions = {},
): Promise<void> {
  using _subject = await Subject.open(run, weights, how);
}

/**
 * Measures a model, of a run its newest checkpoint, on the validation split of its shards.
 *
 * @param how What is told of a model that is no run, and who measures it.
 * @throws {CheckpointError} if there is no checkpoint, it is no denoiser or has no number for a
 * loss.
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function evalPpl(
  gpu: Gpu,
  run: string,
  { weights, numBlocks, numTimes, seed, precision = "auto" }: EvalPplSettings,
  batchSize: number,
  how: OpenMeasuredOptions = {},
): Promise<EvalPpl> {
  using subject = await Subject.open(run, weights, how);
  const { checkpoint, shards } = subject;
  const identity = await checkpointIdentity(checkpoint);
  using model = await FlowLanguageModel.of(checkpoint, { gpu, weights, precision });
  const { kind, step, config: { data } } = model.state;
  const { network, schedule, tokenizer } = model;
  const blocks = shards.blocks("validation");
  const padId = fillerOf(data.packing, tokenizer);
  const { ranks } = how;
  await ranks?.compare({
    settings: { weights, numBlocks, numTimes, seed, precision, batchSize },
    checkpoint: identity,
    data: shards.manifest.configHash,
    device: deviceFacts(gpu),
  });
  const numThere = Math.min(numBlocks, blocks.numBlocks);
  const numSamples = numThere * numTimes;
  tell(describeWork(run, numThere, numTimes));
  using interrupt = new Interrupt();
  using bar = new Progress({ label: shownPath(run), total: numSamples, unit: "sample" });
  const loss = await timeGridLoss({
    // As its method says, by isDenoiser.
    model: network as DenoiserNetwork,
    schedule,
    blocks,
    numBlocks,
    numTimes,
    seed,
    padId,
    batchSize,
    ranks,
    signal: interrupt.signal,
    onProgress: (numPasses) => bar.update(Math.min(numPasses * batchSize, numSamples)),
  });
  bar.finish();
  if (!Number.isFinite(loss.loss)) throw notFinite(run, loss.loss);
  return {
    model: kind,
    checkpoint: identity,
    step,
    dataHash: shards.manifest.configHash,
    settings: {
      ...{ weights, numBlocks: loss.numSamples, numTimes, seed },
      ...(precision === "f16" && { precision }),
    },
    ...loss,
    adapter: gpu.adapterName,
  };
}

/** How much there is to do, and how to have less of it. */
function describeWork(run: string, numBlocks: number, numTimes: number): string {
  const work = `${formatUnits(numBlocks, "block")} at ${formatUnits(numTimes, "time")}`;
  return `${shownPath(run)}: ${work}, ${formatUnits(numBlocks * numTimes, "sample")} in all; ` +
    `--num-blocks and --num-times take fewer`;
}

/** The models that can be measured: `FLM or denoiser flow map`. */
function describeDenoisers(): string {
  return methods().filter(({ isDenoiser }) => isDenoiser).map(({ title }) => title).join(" or ");
}

/** @throws {CheckpointError} if the checkpoint of a run has no likelihood by its time. */
function requireDenoiser(
  checkpoint: Pick<TrainedModel, "location" | "state">,
  location: string,
): void {
  const { title, isDenoiser, learnsFrom, writer } = methodOfCheckpoint(checkpoint);
  if (isDenoiser) return;
  const run = placeOfCheckpoint(location)?.run ?? location;
  const mend = "teacher" in learnsFrom
    ? " Give the run of its teacher instead."
    : writer === null
    ? ` ${taskCommand("watch", ["--run", run])} shows its loss on validation text, and ` +
      `${taskCommand("gen-ppl", ["RUN", "--judge", run])} has it judge the texts of another.`
    : "";
  const article = /^[aeiou]/.test(title) ? "an" : "a";
  throw new CheckpointError(
    `${checkpoint.location} holds ${article} ${title}, which says nothing of the clean tokens at ` +
      `one time: expected ${describeDenoisers()}.${mend}`,
  );
}

function notFinite(run: string, loss: number): CheckpointError {
  const shown = pathForCaller(run);
  return new CheckpointError(
    `The loss of the model in ${shown} is ${loss}: its weights are too large to compute with. ` +
      `Measure an earlier checkpoint, ${shown}/checkpoints/STEP.`,
  );
}

/** Settings of a file that may be replaced; which weights it is of, its name says. */
type ComparedSettings = Omit<EvalPplSettings, "weights">;

/** The flags that they come from. */
const FLAGS_OF_SETTINGS: Readonly<Record<keyof ComparedSettings, string>> = {
  numBlocks: "--num-blocks",
  numTimes: "--num-times",
  seed: "--seed",
  precision: "--precision",
};

/** As far as the file is read again. */
const FORMAT: JsonFormat<{ settings: ComparedSettings }> = {
  format: "flm-eval-ppl",
  version: 2,
  section: {
    doc: "How well a model knows the clean tokens.",
    keys: {
      settings: {
        doc: "How it was measured.",
        keys: {
          numBlocks: integer({ min: 1 }),
          numTimes: integer({ min: 1 }),
          seed: integer({ min: 0 }),
          precision: { optional: oneOf(["f16"]) },
        },
      },
    },
  },
  madeBy: "eval-ppl",
};

/**
 * Writes the file of a run.
 *
 * @returns In what the settings differ of those of the file that was there, in words; nothing if
 * there was none that can be read.
 * @throws {FlmError} if it cannot be written.
 */
export async function writeEvalPpl(run: string, found: EvalPpl): Promise<string[]> {
  const { format, version } = FORMAT;
  const path = evalPplFile(run, found.settings.weights);
  await makeFolder(resultsFolder(run));
  const before = await formerFormat(path, FORMAT);
  await writeJsonFile(path, { format, version, ...found });
  return before === null
    ? []
    : settingChanges<ComparedSettings>(FLAGS_OF_SETTINGS, before.settings, found.settings);
}
