/**
 * The opening of a training run: its data, networks, optimizer and metrics, as
 * they are at the beginning or were when the newest checkpoint was written.
 *
 * @module
 */

import type { OptimConfig, TrainConfig } from "../config/config.ts";
import { TrainingBatches, ValidationBatches } from "../data/batches/batches.ts";
import { ReadAhead } from "../data/batches/read_ahead.ts";
import { objectiveLoss } from "./objective_loss.ts";
import type { ValidationLoss } from "./validation_loss.ts";
import { validate } from "../methods/flm/validation.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { sizeOf } from "../gpu/tensor.ts";
import type { Dit } from "../model/dit.ts";
import type { Network } from "../model/network.ts";
import { type Checkpoint, writeCheckpoint } from "../checkpoint/checkpoint.ts";
import type { CheckpointState, ModelKind, UnloggedSteps } from "../checkpoint/state.ts";
import { identitiesOf, requireSameTeachers } from "../checkpoint/learned_from.ts";
import type { ProbeLosses } from "./health.ts";
import { METRICS_FILE, MetricsWriter } from "./metrics.ts";
import {
  listCheckpoints,
  requireRoomForCheckpoints,
  writeLatest,
} from "../checkpoint/run_folder.ts";
import type { Stage } from "../methods/stages.ts";
import type { TakenRun, TakeRunOptions } from "./take_run.ts";
import { Trainer } from "./trainer.ts";

/** What a training keeps on the device, besides what a step needs. */
export interface TrainingNeeds {
  /** Numbers that are trained. */
  parameters: number;
  /** Bytes of weights, gradients, the optimizer's two moments, and the average of the weights. */
  bytes: number;
}

/** Which run is opened, and how. */
export interface OpenRunOptions extends TakeRunOptions {
  /** Where to train. */
  gpu: Gpu;
  /** Stops the run after the step in progress, with a checkpoint. */
  signal?: AbortSignal;
  /** While the shards are compared with their hashes: bytes so far, and of all. */
  onVerify?: (done: number, total: number) => void;
  /** Before memory is taken for the network and its optimizer. */
  onNeeds?: (needs: TrainingNeeds) => void;
  /**
   * Before a run goes on from a step that has later checkpoints: metrics after the step are about
   * to be removed, and these checkpoints will be when the next one has been written.
   */
  onReplace?: (step: number, later: readonly number[]) => void;
}

/** A run that is ready for its next step. */
export interface OpenedRun extends Disposable {
  /** Its length, and what is written when. */
  readonly train: TrainConfig;
  /** What is trained. */
  readonly kind: ModelKind;
  /** Its optimizer. */
  readonly optim: OptimConfig;
  /** Takes the steps. */
  readonly trainer: Trainer;
  /** Its metrics file. */
  readonly metrics: MetricsWriter;
  /** The checkpoint that it goes on from; undefined for a new run. */
  readonly previous: Checkpoint | undefined;
  /** Waits for the batch of a step. */
  prepare(step: number): Promise<void>;
  /** The loss of the EMA weights on validation data. */
  validate(): Promise<ValidationLoss>;
  /** The losses on the first batch of the validation data, with the same draws each time. */
  probe(): Promise<ProbeLosses>;
  /**
   * Writes a checkpoint and gives its folder.
   *
   * @param unlogged The steps of which no line of metrics tells yet.
   * @throws {UnhealthyWeightsError} if the weights are not those of a network that works.
   */
  save(unlogged: UnloggedSteps | undefined): Promise<string>;
}

/**
 * Makes a run ready for its next step.
 *
 * @throws {DataError} if the shards are not as they were written.
 * @throws {CheckpointError} if the checkpoint is damaged, or its teachers were others.
 */
export async function openRun(
  { gpu, config, run, signal, onVerify, onNeeds, onReplace }: OpenRunOptions,
  { tokenizer, shards, stage, previous }: TakenRun,
): Promise<OpenedRun> {
  const { modelConfig, train, optim, teacher, teachers } = stage;
  if (previous !== undefined) requireSameTeachers(run, previous.state.learnedFrom, teachers);
  await shards.verify({ onProgress: onVerify, signal });

  using opened = new DisposableStack();
  onNeeds?.(needsOf(stage));
  const model = opened.use(stage.networks.create(gpu, modelConfig, true));
  const shared = {
    schedule: new GammaSchedule(modelConfig.vocabSize),
    seed: config.seed,
    numMicroBatches: train.batchSize / (train.microBatchSize ?? train.batchSize),
  };
  const { dir, packing } = config.data;
  const padId = packing === "padded" ? tokenizer.padId : null;
  const batching = { seed: config.seed, batchSize: train.batchSize, padId };
  const shuffled = new TrainingBatches(shards.blocks("train"), batching);
  const batches = opened.use(new ReadAhead(shuffled, { folder: dir, split: "train" }));
  const objective = stage.objective({ model, batches, ...shared });
  await requireRoomForCheckpoints(run);
  if (previous === undefined) stage.start(model);
  else await previous.load(gpu, "model", model.parameters.tensors);
  const trainer = opened.use(new Trainer(model, objective, optim, train.numSteps));
  if (previous !== undefined) {
    await previous.load(gpu, "ema", trainer.ema.parameters.tensors);
    await previous.load(gpu, "optimizer", trainer.optimizer.tensors);
    trainer.resumeAt(previous.state.step);
    await goOnFrom(previous.state.step, run, onReplace);
  }
  const resumedStep = previous === undefined ? null : trainer.step;
  const metrics = opened.use(await MetricsWriter.open(`${run}/${METRICS_FILE}`, resumedStep));
  const averaged = opened.use(
    new stage.networks(gpu, { ...modelConfig, dropout: 0 }, trainer.ema.parameters),
  );
  const validation = shards.blocks("validation");
  const owned = opened.move();
  return {
    train,
    kind: stage.kind,
    optim,
    trainer,
    metrics,
    previous,
    prepare: (step) => batches.prepare(step),
    validate() {
      if (stage.kind !== "flm") {
        const batches = new TrainingBatches(validation, batching);
        const objective = stage.objective({ model: averaged, batches, ...shared });
        const sequence = objective.tokensPerStep / train.batchSize;
        return objectiveLoss(gpu, objective, train.evalBatches, sequence);
      }
      const batches = new ValidationBatches(validation, train.microBatchSize ?? train.batchSize);
      const { schedule, seed } = shared;
      const numBatches = train.evalBatches;
      return validate({ model: averaged as Dit, batches, numBatches, schedule, seed, padId });
    },
    async probe() {
      const batchSize = train.microBatchSize ?? train.batchSize;
      const batches = new TrainingBatches(validation, { ...batching, batchSize });
      const lossOf = async (model: Network) => {
        const objective = stage.objective({ ...shared, model, batches, numMicroBatches: 1 });
        const sequence = objective.tokensPerStep / batchSize;
        return (await objectiveLoss(gpu, objective, 1, sequence)).loss;
      };
      return { weights: await lossOf(model), average: await lossOf(averaged) };
    },
    save(unlogged) {
      const state: CheckpointState = {
        format: "flm-checkpoint",
        version: 1,
        kind: stage.kind,
        step: trainer.step,
        model: modelConfig,
        ...(teacher && { teacher: teacher.config }),
        ...(Object.keys(teachers).length > 0 && { learnedFrom: identitiesOf(teachers) }),
        ...(unlogged && { unlogged }),
        tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
        dataHash: shards.manifest.configHash,
        config,
        adapter: gpu.adapterName,
      };
      return writeCheckpoint(
        gpu,
        run,
        state,
        {
          model: model.parameters.tensors,
          ema: trainer.ema.parameters.tensors,
          optimizer: trainer.optimizer.tensors,
          ...(teacher && { teacher: teacher.parameters.tensors }),
        },
        train.keepCheckpoints,
        tokenizer.vocabulary,
      );
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

function needsOf({ networks, modelConfig }: Stage): TrainingNeeds {
  const specs = networks.specs(modelConfig);
  const parameters = specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { parameters, bytes: 5 * 4 * parameters };
}

/** Makes a step the one that the run goes on from; checkpoints after it stay until the next. */
async function goOnFrom(
  step: number,
  run: string,
  onReplace: OpenRunOptions["onReplace"],
): Promise<void> {
  const later = (await listCheckpoints(run)).filter((each) => each > step);
  if (later.length === 0) return;
  onReplace?.(step, later.reverse());
  await writeLatest(run, step);
}
