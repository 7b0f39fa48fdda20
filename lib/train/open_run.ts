/**
 * The opening of a training run: its data, networks, optimizer and metrics, as
 * they are at the beginning or were when the newest checkpoint was written.
 *
 * @module
 */

import { type Checkpoint, writeCheckpoint } from "../checkpoint/checkpoint.ts";
import { identitiesOf, requireSameTeachers } from "../checkpoint/learned_from.ts";
import {
  listCheckpoints,
  requireRoomForCheckpoints,
  writeLatest,
} from "../checkpoint/run_folder.ts";
import type { CheckpointState, UnloggedSteps } from "../checkpoint/state.ts";
import type { TrainConfig } from "../config/config.ts";
import { TrainingBatches } from "../data/batches/batches.ts";
import { ReadAhead } from "../data/batches/read_ahead.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { sizeOf } from "../gpu/tensor.ts";
import type { Network } from "../model/network.ts";
import type { ProbeLosses } from "./health.ts";
import { METRICS_FILE, MetricsWriter } from "./metrics.ts";
import { objectiveLoss } from "./objective_loss.ts";
import { ONE_RANK, type Ranks } from "./ranks.ts";
import type { TakenRun, TakeRunOptions } from "./take_run.ts";
import { Trainer } from "./trainer.ts";
import type { Training } from "./training.ts";
import type { ValidationLoss } from "./validation_loss.ts";

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
  /** The processes that train together; this one alone unless given. */
  ranks?: Ranks;
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
  /** What is trained. */
  readonly training: Training;
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
  { gpu, config, run, ranks = ONE_RANK, signal, onVerify, onNeeds, onReplace }: OpenRunOptions,
  { tokenizer, shards, training, previous }: TakenRun,
): Promise<OpenedRun> {
  const { modelConfig, train, optim, heldTeacher, teachers } = training;
  if (previous !== undefined) requireSameTeachers(run, previous.state.learnedFrom, teachers);
  await shards.verify({ onProgress: onVerify, signal });

  using opened = new DisposableStack();
  onNeeds?.(needsOf(training));
  const model = opened.use(training.networks.create(gpu, modelConfig, true));
  const shared = {
    schedule: new GammaSchedule(modelConfig.vocabSize),
    seed: config.seed,
    numMicroBatches: microBatchesOf(train, ranks),
  };
  const { dir, packing } = config.data;
  const padId = packing === "padded" ? tokenizer.padId : null;
  const batching = { seed: config.seed, batchSize: train.batchSize, padId };
  const shuffled = new TrainingBatches(shards.blocks("train"), batching);
  const batches = opened.use(
    new ReadAhead(shuffled, { folder: dir, split: "train", share: ranks }),
  );
  const objective = training.objective({ model, batches, ranks, ...shared });
  await requireRoomForCheckpoints(run);
  if (previous === undefined) training.start(model);
  else await previous.load(gpu, "model", model.parameters.tensors);
  const trainer = opened.use(
    new Trainer({ model, objective, optim, numSteps: train.numSteps, ranks }),
  );
  if (previous !== undefined) {
    await previous.load(gpu, "ema", trainer.ema.parameters.tensors);
    await previous.load(gpu, "optimizer", trainer.optimizer.tensors);
    trainer.resumeAt(previous.state.step);
    await goOnFrom(previous.state.step, run, onReplace);
  }
  const resumedStep = previous === undefined ? null : trainer.step;
  const metrics = opened.use(await MetricsWriter.open(`${run}/${METRICS_FILE}`, resumedStep));
  const averaged = opened.use(
    new training.networks(gpu, { ...modelConfig, dropout: 0 }, trainer.ema.parameters),
  );
  const validation = shards.blocks("validation");
  const owned = opened.move();
  return {
    training,
    trainer,
    metrics,
    previous,
    prepare: (step) => batches.prepare(step),
    validate() {
      if (training.validate !== undefined) {
        return training.validate({
          ...{ model: averaged, schedule: shared.schedule, seed: shared.seed, padId },
          blocks: validation,
          batchSize: train.microBatchSize ?? train.batchSize,
          numBatches: train.evalBatches,
        });
      }
      const batches = new TrainingBatches(validation, batching);
      // Every rank measures all of it, so that none has another loss.
      const numMicroBatches = microBatchesOf(train, ONE_RANK);
      const options = { ...shared, model: averaged, batches, numMicroBatches };
      const objective = training.objective(options);
      const sequence = objective.tokensPerStep / train.batchSize;
      return objectiveLoss(gpu, objective, train.evalBatches, sequence);
    },
    async probe() {
      const batchSize = train.microBatchSize ?? train.batchSize;
      const batches = new TrainingBatches(validation, { ...batching, batchSize });
      const lossOf = async (model: Network) => {
        const objective = training.objective({ ...shared, model, batches, numMicroBatches: 1 });
        const sequence = objective.tokensPerStep / batchSize;
        return (await objectiveLoss(gpu, objective, 1, sequence)).loss;
      };
      return { weights: await lossOf(model), average: await lossOf(averaged) };
    },
    save(unlogged) {
      const state: CheckpointState = {
        format: "flm-checkpoint",
        version: 1,
        kind: training.kind,
        step: trainer.step,
        model: modelConfig,
        ...(heldTeacher && { teacher: heldTeacher.config }),
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
          ...(heldTeacher && { teacher: heldTeacher.parameters.tensors }),
        },
        train.keepCheckpoints,
        tokenizer.vocabulary,
      );
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** In how many parts a rank's share of a batch passes through the network. */
function microBatchesOf({ batchSize, microBatchSize }: TrainConfig, { numRanks }: Ranks): number {
  return microBatchSize === null ? 1 : batchSize / microBatchSize / numRanks;
}

function needsOf({ networks, modelConfig }: Training): TrainingNeeds {
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
