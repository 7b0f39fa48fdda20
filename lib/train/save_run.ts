/**
 * The checkpoints of a training run.
 *
 * @module
 */

import { keptCheckpoints } from "../checkpoint/kept.ts";
import { identitiesOf } from "../checkpoint/learned_from.ts";
import type { BestCheckpoint, CheckpointState, UnloggedSteps } from "../checkpoint/state.ts";
import {
  tensorsOf,
  UnhealthyWeightsError,
  writeCheckpointFiles,
  writeGroups,
} from "../checkpoint/writer.ts";
import { waysOf } from "../ops/ways.ts";
import { withCollected } from "./collected_tensors.ts";
import type { Ranks } from "./ranks.ts";
import type { TakenRun } from "./take_run.ts";
import type { Trainer } from "./trainer.ts";

/** What a checkpoint keeps of a run besides its tensors. */
export interface RunProgress {
  /** The steps of which no line of metrics tells yet. */
  readonly unlogged: UnloggedSteps | undefined;
  /** The work so far, if it is counted. */
  readonly seconds: number | undefined;
  /** The best checkpoint so far, if there is a metric for it. */
  readonly best: BestCheckpoint | undefined;
}

/**
 * Has rank 0 write a checkpoint of a run as it is now, and gives its folder on all ranks.
 *
 * @throws {UnhealthyWeightsError} on all ranks, if the weights are not those of a network that
 * works.
 * @throws {FlmError} on rank 0, if the checkpoint cannot be written: the others wait for it then.
 */
export async function saveRun(
  run: string,
  { config, tokenizer, shards, training }: TakenRun,
  trainer: Trainer,
  ranks: Ranks,
  { unlogged, seconds, best, commit }: RunProgress & { commit: string | undefined },
): Promise<string> {
  const { gpu, model, ema, emas, step } = trainer;
  const ways = waysOf(gpu);
  const { kind, modelConfig, heldTeacher, teachers, train } = training;
  const state: CheckpointState = {
    format: "flm-checkpoint",
    version: 1,
    kind,
    step,
    ...(seconds !== undefined && { seconds }),
    model: modelConfig,
    ...(heldTeacher && { teacher: heldTeacher.config }),
    ...(Object.keys(teachers).length > 0 && { learnedFrom: identitiesOf(teachers) }),
    ...(unlogged && { unlogged }),
    ...(best && { best }),
    tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
    dataHash: shards.manifest.configHash,
    config,
    adapter: gpu.adapterName,
    backend: gpu.backend,
    ...(ways && { ways: ways.record }),
    ...(commit !== undefined && { commit }),
  };
  const groups = {
    model: model.parameters.tensors,
    ema: ema.tensors,
    ...Object.fromEntries(
      emas.slice(1).map(({ decay, tensors }) => [`ema-${decay}`, tensors]),
    ),
    optimizer: trainer.stateTensors,
    ...(heldTeacher && { teacher: heldTeacher.parameters.tensors }),
  };
  const files = { keep: keptCheckpoints(train, best), vocabulary: tokenizer.vocabulary };
  type Outcome = { folder: string } | { fault: string };
  const outcome = await withCollected<Outcome>(gpu, ranks, tensorsOf(groups), async (pieces) => {
    const write = (folder: string, checkpoint: string) =>
      writeGroups({ folder, checkpoint }, groups, pieces);
    try {
      return { folder: await writeCheckpointFiles(run, state, files, write) };
    } catch (error) {
      if (error instanceof UnhealthyWeightsError) return { fault: error.fault };
      throw error;
    }
  });
  if ("folder" in outcome) return outcome.folder;
  throw new UnhealthyWeightsError(run, outcome.fault);
}
