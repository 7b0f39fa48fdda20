/**
 * Checkpoints: a folder with the weights, their running average and the
 * optimizer's state as safetensors under the reference's parameter names,
 * `state.json`, and the vocabulary if the tokenizer has one. A checkpoint
 * appears whole or not at all.
 *
 * @module
 */

import { CheckpointError, isPermissionDenied } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { writeDirectoryAtomic, writeFileAtomic } from "../io/atomic.ts";
import { writeJsonFile } from "../io/json_file.ts";
import { isUrl, joinLocation } from "../io/location.ts";
import { readText } from "../io/read_text.ts";
import { SafetensorsFile } from "../io/safetensors.ts";
import { makeFolder } from "../io/system_error.ts";
import { loadTensors, type NamedTensor, saveTensors } from "../model/named_tensors.ts";
import { type CheckpointState, parseCheckpointState } from "./checkpoint_state.ts";

/**
 * The groups of tensors in a checkpoint, each a file. A flow map of the first stage has its
 * `teacher` with it: without, it could not write text.
 */
export type TensorGroup = "model" | "ema" | "optimizer" | "teacher";

/** The file of a run folder that names its newest checkpoint. */
const LATEST = "latest.json";
const STATE = "state.json";
const VOCABULARY = "vocab.txt";
const CHECKPOINTS = "checkpoints";

/**
 * Writes the checkpoint `RUN/checkpoints/STEP`, makes it the newest one of the run, and removes
 * the oldest beyond `keep`.
 *
 * @param vocabulary The tokenizer's `vocabulary`, which becomes a file of the checkpoint.
 * @returns The checkpoint's folder.
 * @throws {FlmError} if it cannot be written; older checkpoints stay as they are.
 */
export async function writeCheckpoint(
  gpu: Gpu,
  run: string,
  state: CheckpointState,
  groups: Readonly<Partial<Record<TensorGroup, readonly NamedTensor[]>>>,
  keep: number,
  vocabulary: string | null = null,
): Promise<string> {
  const tokenizer = vocabulary === null ? {} : { file: VOCABULARY };
  const described = { ...state, tokenizer: { ...state.tokenizer, ...tokenizer } };
  const folder = `${run}/${CHECKPOINTS}`;
  await makeFolder(folder);
  const name = String(state.step).padStart(7, "0");
  await writeDirectoryAtomic(`${folder}/${name}`, async (temporary) => {
    for (const [group, tensors] of Object.entries(groups)) {
      await saveTensors(gpu, `${temporary}/${group}.safetensors`, tensors);
    }
    if (vocabulary !== null) await writeFileAtomic(`${temporary}/${VOCABULARY}`, vocabulary);
    await writeJsonFile(`${temporary}/${STATE}`, described);
  });
  const latest = { checkpoint: `${CHECKPOINTS}/${name}` };
  await writeFileAtomic(`${run}/${LATEST}`, JSON.stringify(latest) + "\n");
  await prune(folder, keep, name);
  return `${folder}/${name}`;
}

async function prune(folder: string, keep: number, newest: string): Promise<void> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (/^\d+$/.test(name)) names.push(name);
  // A resumed run may leave steps behind that are later than the newest checkpoint.
  const older = names.filter((name) => name < newest).sort().reverse();
  for (const name of older.slice(Math.max(0, keep - 1))) {
    await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}

/** A checkpoint on disk or on a web server. */
export class Checkpoint {
  /** The checkpoint's folder or address. */
  readonly location: string;
  /** What it says of itself. */
  readonly state: CheckpointState;

  private constructor(location: string, state: CheckpointState) {
    this.location = location;
    this.state = state;
  }

  /**
   * Opens a checkpoint's folder, or a run's folder for its newest checkpoint.
   *
   * @param location A path or an `http(s):` URL.
   * @throws {CheckpointError} if there is none or its state is damaged.
   */
  static async open(location: string): Promise<Checkpoint> {
    if (isUrl(location) && !URL.canParse(location)) {
      throw new CheckpointError(
        `No checkpoint at ${location}: it is not an address; expected http(s)://HOST/FOLDER.`,
      );
    }
    const latest = await readText(joinLocation(location, LATEST), CheckpointError).catch(
      (error) => {
        if (isPermissionDenied(error)) throw error;
        return undefined;
      },
    );
    const folder = latest === undefined ? location : joinLocation(location, pointed(latest));
    const name = joinLocation(folder, STATE);
    let text: string;
    try {
      text = await readText(name, CheckpointError);
    } catch (cause) {
      if (isPermissionDenied(cause)) throw cause;
      throw new CheckpointError(
        `No checkpoint at ${location}: neither ${LATEST} of a run folder nor ${STATE} of a ` +
          `checkpoint can be read there (${(cause as Error).message}). Check the path; a run ` +
          `writes its first checkpoint after train.checkpointEvery steps.`,
        { cause },
      );
    }
    return new Checkpoint(folder, parseCheckpointState(text, name));
  }

  /**
   * Fills tensors from one of the checkpoint's files.
   *
   * @throws {CheckpointError} if the file is missing or damaged or a tensor does not fit.
   */
  async load(gpu: Gpu, group: TensorGroup, tensors: readonly NamedTensor[]): Promise<void> {
    using file = await SafetensorsFile.open(
      joinLocation(this.location, `${group}.safetensors`),
    );
    await loadTensors(gpu, file, tensors);
  }
}

function pointed(latest: string): string {
  try {
    const { checkpoint } = JSON.parse(latest);
    if (typeof checkpoint === "string") return checkpoint;
  } catch {
    // Falls through: the message is the same.
  }
  throw new CheckpointError(`${LATEST} names no checkpoint: ${latest.slice(0, 80)}`);
}
