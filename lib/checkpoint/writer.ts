/**
 * Writing checkpoints: each appears whole or not at all, with the hashes of its
 * files, and only if its numbers are those of a network that works.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type FileRecord, writeRecorded } from "../io/file_record.ts";
import { indexOfLarge } from "../math/large.ts";
import { type NamedTensor, readBack, tensorFile } from "../model/named_tensors.ts";
import {
  removeFolder,
  removeStaleTemporaries,
  writeDirectoryAtomic,
  writeFile,
} from "../system/atomic.ts";
import { makeFolder } from "../system/system_error.ts";
import { tokenizerFileName } from "../text/tokenizer_file.ts";
import {
  boundOf,
  checkpointFolder,
  CHECKPOINTS,
  groupFile,
  STATE,
  type TensorGroup,
} from "./files.ts";
import { type KeptCheckpoints, outdatedSteps } from "./kept.ts";
import { listCheckpoints, writeLatest } from "./run_folder.ts";
import { type CheckpointState, formatCheckpointState } from "./state.ts";

/** The weights that were to be saved are not those of a network that works. */
export class UnhealthyWeightsError extends CheckpointError {
  /** What is wrong with them. */
  readonly fault: string;

  /** For the file that was to be written. */
  constructor(file: string, fault: string) {
    super(`Cannot write ${file}: ${fault}, with which no network works.`);
    this.fault = fault;
  }
}

/** The tensors of a checkpoint, by group. */
export type TensorGroups = Readonly<Partial<Record<TensorGroup, readonly NamedTensor[]>>>;

/**
 * Writes the checkpoint `RUN/checkpoints/STEP`, makes it the newest one of the run, and removes
 * the oldest beyond those to `keep`, as well as later ones, which a run that went back left behind.
 *
 * @param keep Which ones stay; a number is that of the newest ones.
 * @param vocabulary The tokenizer's `vocabulary`, which becomes a file of the checkpoint.
 * @returns The checkpoint's folder.
 * @throws {UnhealthyWeightsError} if a number is NaN or infinite, or a weight so large that
 * nothing can be computed with it; older checkpoints stay as they are.
 * @throws {FlmError} if it cannot be written; older checkpoints stay as they are.
 */
export async function writeCheckpoint(
  gpu: Gpu,
  run: string,
  state: CheckpointState,
  groups: TensorGroups,
  keep: number | KeptCheckpoints,
  vocabulary: string | null = null,
): Promise<string> {
  const options = { keep: typeof keep === "number" ? { newest: keep } : keep, vocabulary };
  return await writeCheckpointFiles(
    run,
    state,
    options,
    (folder, checkpoint) =>
      writeGroups({ folder, checkpoint }, groups, readBack(gpu, tensorsOf(groups))),
  );
}

/** The tensors of a checkpoint, one after another, as their bytes are taken. */
export function tensorsOf(groups: TensorGroups): NamedTensor[] {
  return Object.values(groups).flatMap((tensors) => tensors ?? []);
}

/** What goes into a checkpoint besides tensors, and what stays of the run. */
export interface CheckpointFilesOptions {
  /** Which checkpoints of the run stay. */
  readonly keep: KeptCheckpoints;
  /** The tokenizer's `vocabulary`, which becomes a file of the checkpoint. */
  readonly vocabulary: string | null;
}

/**
 * As {@linkcode writeCheckpoint}, of tensors wherever they come from.
 *
 * @param write Writes their files into the folder that it is given, and gives their records; the
 * other folder is the one that messages name.
 * @returns The checkpoint's folder.
 * @throws {FlmError} if it cannot be written; older checkpoints stay as they are.
 */
export async function writeCheckpointFiles(
  run: string,
  state: CheckpointState,
  { keep, vocabulary }: CheckpointFilesOptions,
  write: (folder: string, checkpoint: string) => Promise<Record<string, FileRecord>>,
): Promise<string> {
  const file = vocabulary === null ? null : tokenizerFileName(vocabulary);
  const tokenizer = file === null ? {} : { file };
  const described = { ...state, tokenizer: { ...state.tokenizer, ...tokenizer } };
  const checkpoint = `${run}/${checkpointFolder(state.step)}`;
  await makeFolder(`${run}/${CHECKPOINTS}`);
  await removeStaleTemporaries(`${run}/${CHECKPOINTS}`);
  await writeDirectoryAtomic(checkpoint, async (temporary) => {
    const files = await write(temporary, checkpoint);
    if (vocabulary !== null && file !== null) {
      const bytes = new TextEncoder().encode(vocabulary);
      files[file] = await writeRecorded(`${temporary}/${file}`, [bytes]);
    }
    const text = await formatCheckpointState({ ...described, files });
    await writeFile(`${temporary}/${STATE}`, text);
  });
  await writeLatest(run, state.step);
  await prune(run, state.step, keep);
  return checkpoint;
}

/**
 * Writes a file of a `checkpoint` into `folder` for each group.
 *
 * @param pieces The bytes of all tensors, one after another.
 * @throws {UnhealthyWeightsError} as {@linkcode writeCheckpoint}.
 */
export async function writeGroups(
  { folder, checkpoint }: { folder: string; checkpoint: string },
  groups: TensorGroups,
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>,
): Promise<Record<string, FileRecord>> {
  const files: Record<string, FileRecord> = {};
  try {
    for (const [group, tensors] of Object.entries(groups) as [TensorGroup, NamedTensor[]][]) {
      const file = groupFile(group);
      files[file] = await writeRecorded(
        `${folder}/${file}`,
        tensorFile(file, tensors, pieces, (name, values) => {
          const at = indexOfLarge(values, boundOf(group));
          if (at === -1) return;
          throw new UnhealthyWeightsError(
            `${checkpoint}/${file}`,
            `the tensor "${name}" has the value ${values[at]}`,
          );
        }),
      );
    }
  } finally {
    await pieces.return();
  }
  return files;
}

/**
 * Removes what the newest checkpoint of a run replaces, if a program was killed before it could;
 * where a run went back to an earlier one, all stay.
 *
 * @param step The newest one's.
 */
export async function removeReplaced(
  run: string,
  step: number,
  keep: KeptCheckpoints,
): Promise<void> {
  if ((await listCheckpoints(run)).some((each) => each > step)) return;
  await removeStaleTemporaries(`${run}/${CHECKPOINTS}`);
  await prune(run, step, keep);
}

async function prune(run: string, written: number, keep: KeptCheckpoints): Promise<void> {
  for (const step of outdatedSteps(await listCheckpoints(run), written, keep)) {
    await removeFolder(`${run}/${checkpointFolder(step)}`);
  }
}
