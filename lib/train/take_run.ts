/**
 * Takes the folder of a run: what is there, and what it is to be trained on, must fit before any
 * work is done.
 *
 * @module
 */

import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { checkpointFolder } from "../checkpoint/files.ts";
import { listCheckpoints, placeOfCheckpoint, requireOwnFolder } from "../checkpoint/run_folder.ts";
import { requireResumable } from "../checkpoint/resumable.ts";
import { requireSameModel } from "../checkpoint/state.ts";
import { type Config, keyPrefix, trainingConfig } from "../config/config.ts";
import { withNoise } from "../config/settled.ts";
import { requireOrigin } from "../data/shards/origin.ts";
import { openShards, type ShardSet } from "../data/shards/shards.ts";
import { CheckpointError, ConfigError } from "../errors.ts";
import { usualNoise } from "../flow/projected_noise.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import { exists } from "../system/exists.ts";
import { requireFolderName } from "../system/location.ts";
import { pathForCaller } from "../system/task_command.ts";
import { tokenizerOf } from "../text/create_tokenizer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { METRICS_FILE } from "./metrics.ts";
import { ONE_RANK, type Ranks } from "./ranks.ts";
import { lockRun } from "./run_lock.ts";
import { requireTrainedShards } from "./trained_shards.ts";
import type { Training } from "./training.ts";

/** Which run is taken. */
export interface TakeRunOptions {
  /** What to train. */
  config: Config;
  /** The training that the configuration asks for, for a tokenizer. */
  training: (tokenizer: Tokenizer) => Training;
  /** The run's folder; made if it is not there. */
  run: string;
  /** Goes on from one of the run's checkpoints. */
  resume: boolean;
  /** The step of that checkpoint; the newest one unless given. */
  step?: number;
  /**
   * The processes that train together, of which the first alone writes; this one alone unless
   * given.
   */
  ranks?: Ranks;
}

/** A run's folder, locked, with all that it needs found to fit. */
export interface TakenRun extends Disposable {
  /** What is trained, with what was left to the run to settle. */
  readonly config: Config;
  /** Turns the text of its shards into tokens. */
  readonly tokenizer: Tokenizer;
  /** Its data. */
  readonly shards: ShardSet;
  /** What is trained. */
  readonly training: Training;
  /** The checkpoint to go on from; undefined for a new run. */
  readonly previous: Checkpoint | undefined;
}

/**
 * Takes a run, new or to be gone on with, and compares it with its data and configuration.
 *
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {CheckpointError} if no folder is named, if there is nothing to resume or it does not
 * fit, if the run folder holds a run already and `resume` is not asked for, or if another process
 * is training there.
 * @throws {ConfigError} if a run is to go on with another optimizer.
 */
export async function takeRun(options: TakeRunOptions): Promise<TakenRun> {
  const { config, run, ranks = ONE_RANK } = options;
  requireFolderName(run, "the run's folder", CheckpointError);
  const tokenizer = await tokenizerOf(config.data);
  const training = options.training(tokenizer);
  using taken = new DisposableStack();
  const shards = taken.use(await openShards(config.data.dir));
  await requireOwnFolder(run);
  // A folder in which there is nothing to go on with must not be made.
  const isThere = !options.resume || await exists(run);
  if (isThere && ranks.rank === 0) taken.use(await lockRun(run));
  const previous = await openPrevious(options);
  if (previous !== undefined) requireTrainedShards(run, previous.state, shards.manifest);
  requireOrigin(shards.manifest, config.data, tokenizer, previous?.state.config.data);
  requireData(training.modelConfig, config, tokenizer);
  if (previous !== undefined) {
    requireSameModel(previous.location, previous.state, training.kind, training.modelConfig);
    requireSameOptimizer(run, previous, training);
  }
  const owned = taken.move();
  return {
    config: settle(config, training, previous),
    ...{ tokenizer, shards, training, previous },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Says how noise is drawn, if that is left open: as it was, or as is usual for the network. */
function settle(
  config: Config,
  { choosesNoise = false, modelConfig }: Training,
  previous: Checkpoint | undefined,
): Config {
  if (!choosesNoise || config.flow.noise !== null) return config;
  return withNoise(config, previous?.state.config.flow.noise ?? usualNoise(modelConfig));
}

/**
 * Checks that a run goes on with its optimizer: no other one can do with what its checkpoints keep
 * of it.
 */
function requireSameOptimizer(
  run: string,
  { state: { config } }: Checkpoint,
  { section, optim: { optimizer } }: Training,
): void {
  const before = trainingConfig(config, section).optim.optimizer;
  if (optimizer === before) return;
  const key = `${keyPrefix(section)}optim.optimizer`;
  throw new ConfigError(
    `${key}: expected ${before}, with which the run ${pathForCaller(run)} was begun and ` +
      `whose state its checkpoints have, found ${optimizer}. Leave it as it was, or train a new ` +
      `run with another name, by --name NAME.`,
  );
}

/** A student's sizes come from its teacher, the data's from the configuration. */
function requireData(model: DitConfig, { data }: Config, tokenizer: Tokenizer): void {
  const found = { vocabSize: tokenizer.vocabSize, length: data.length };
  for (const key of ["vocabSize", "length"] as const) {
    const [value, expected] = [found[key], model[key]];
    if (value === expected) continue;
    throw new CheckpointError(
      `The teacher does not fit the data: its ${key} is ${expected}, that of the configuration's ` +
        `data is ${value}. Distil with the data that the teacher was trained on.`,
    );
  }
}

/**
 * Checks that a checkpoint is of the step that its folder is named after: by these names the run
 * knows what is older than what, and what it may remove.
 */
function requireOwnStep(checkpoint: Checkpoint): Checkpoint {
  const { location, state: { step } } = checkpoint;
  const place = placeOfCheckpoint(location);
  if (place === null || place.step === step) return checkpoint;
  throw new CheckpointError(
    `${location} holds the checkpoint of step ${step}: was it renamed, copied or changed? Give the ` +
      `folder the name ${checkpointFolder(step)}, if there is none yet, and go on from it by ` +
      `--step ${step}.`,
  );
}

async function openPrevious(
  { run, resume, step }: TakeRunOptions,
): Promise<Checkpoint | undefined> {
  const hasCheckpoints = (await listCheckpoints(run)).length > 0;
  if (resume && !hasCheckpoints && await exists(`${run}/${METRICS_FILE}`)) {
    throw new CheckpointError(
      `The run ${run} ended before its first checkpoint, so there is nothing to go on from. Start ` +
        `it again as it was started first: with its configuration, without --resume.`,
    );
  }
  if (resume) {
    const opened = step === undefined ? Checkpoint.open(run) : Checkpoint.openStep(run, step);
    return requireResumable(requireOwnStep(await opened));
  }
  if (!hasCheckpoints) return undefined;
  const shown = pathForCaller(run);
  throw new CheckpointError(
    `The folder ${shown} holds a run already. Go on with it by --resume ${shown}, give ` +
      `another name by --name NAME, or remove the folder.`,
  );
}
