/**
 * Checkpoints: a folder with the weights, their running average and the
 * optimizer's state as safetensors under the reference's parameter names,
 * `state.json`, and the vocabulary if the tokenizer has one. A checkpoint
 * appears whole or not at all; damage that comes later is noticed by the hashes
 * in `state.json`.
 *
 * @module
 */

import { CheckpointError, isPermissionDenied, sentenceOf } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type FileRecord, openRecorded } from "../io/file_record.ts";
import { hashFile } from "../io/hash_file.ts";
import { readText } from "../io/read_text.ts";
import { loadTensors, type NamedTensor } from "../model/named_tensors.ts";
import type { Network, NetworkClass } from "../model/network.ts";
import { isMissing } from "../net/missing.ts";
import { SafetensorsFile } from "../safetensors/reader.ts";
import { describeKey } from "../schema/field.ts";
import { exists } from "../system/exists.ts";
import { addressOf, isUrl, joinLocation, requireFolderName } from "../system/location.ts";
import { createTokenizer, TOKENIZER_NAMES } from "../text/create_tokenizer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { emaDecaysOf, emaGroup } from "./ema_decay.ts";
import { boundOf, checkpointFolder, groupFile, LATEST, STATE, type TensorGroup } from "./files.ts";
import type { Precision } from "./precision.ts";
import { resumeCommand } from "./resume_command.ts";
import { listCheckpoints, placeOfCheckpoint, readLatest } from "./run_folder.ts";
import { type CheckpointState, parseCheckpointState } from "./state.ts";
import { decayOf, type ModelWeights, networkOf, type TrainedModel } from "./trained_model.ts";

/** There is no state.json, or it cannot be read. */
class NoStateError extends CheckpointError {}

/** There is neither a run nor a checkpoint. */
export class NoCheckpointError extends CheckpointError {}

/** A checkpoint on disk or on a web server. */
export class Checkpoint implements TrainedModel {
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
   * @throws {CheckpointError} if there is none or its state is damaged; it then names the run's
   * newest whole one and the command that goes on from it.
   */
  static async open(location: string): Promise<Checkpoint> {
    const expected = "a path or the href of an address";
    requireFolderName(location, "a checkpoint's folder", CheckpointError, expected);
    addressOf(location, CheckpointError);
    const latest = await readLatest(location);
    const folder = await newestFolder(location, latest.checkpoint);
    try {
      return await Checkpoint.#at(folder);
    } catch (error) {
      // A run that goes on may have written another meanwhile, and removed this one.
      if (isMissing(error) && await isReplaced(location, folder)) return Checkpoint.open(location);
      if (folder !== location || !(error instanceof NoStateError)) {
        throw await withWayOn(folder, error);
      }
      if (latest.isMissing && isMissing(error) && !isUrl(location) && await exists(location)) {
        throw new NoCheckpointError(
          `No checkpoint at ${location}: the folder has neither ${LATEST}, as a run has, nor ` +
            `${STATE}, as a checkpoint has. A run writes its first checkpoint after ` +
            `train.checkpointEvery steps, when it is stopped, and at its end.`,
          { cause: error },
        );
      }
      throw new NoCheckpointError(
        `No checkpoint at ${location}: ${latest.problem}, and it is no checkpoint itself ` +
          `(${error.message}). Check the path; a run writes its first checkpoint after ` +
          `train.checkpointEvery steps.`,
        { cause: error },
      );
    }
  }

  /** Opens the checkpoint of a step of a local run. @throws {CheckpointError} as `open` does. */
  static async openStep(run: string, step: number): Promise<Checkpoint> {
    const steps = await listCheckpoints(run);
    if (!steps.includes(step)) {
      const known = steps.length === 0 ? "it has none" : `it has those of ${steps.join(", ")}`;
      throw new CheckpointError(`The run ${run} has no checkpoint of step ${step}: ${known}.`);
    }
    const folder = `${run}/${checkpointFolder(step)}`;
    try {
      return await Checkpoint.#at(folder);
    } catch (error) {
      throw await withWayOn(folder, error);
    }
  }

  /** The last checkpoint of a local run before a step that is as it was written, or null. */
  static async newestWhole(run: string, before: number): Promise<Checkpoint | null> {
    for (const step of await listCheckpoints(run)) {
      if (step >= before) continue;
      try {
        const checkpoint = await Checkpoint.#at(`${run}/${checkpointFolder(step)}`);
        // It may have been renamed.
        if (checkpoint.state.step !== step) continue;
        await checkpoint.verify();
        return checkpoint;
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
      }
    }
    return null;
  }

  static async #at(folder: string): Promise<Checkpoint> {
    const name = joinLocation(folder, STATE);
    const text = await readText(name, NoStateError);
    return new Checkpoint(folder, await parseCheckpointState(text, name));
  }

  /**
   * Fills tensors from one of the checkpoint's files.
   *
   * @throws {CheckpointError} if the file is missing, is not as it was written or has values that
   * are no numbers, or if a tensor does not fit.
   */
  async load(gpu: Gpu, group: TensorGroup, tensors: readonly NamedTensor[]): Promise<void> {
    await this.#read(group, (file) => loadTensors(gpu, file, tensors, boundOf(group)));
  }

  /**
   * Reads weights by `use`.
   *
   * @throws {CheckpointError} if their file is missing or is not as it was written, or there is no
   * average of the decay that is asked for.
   */
  read<T>(weights: ModelWeights, use: (file: SafetensorsFile) => Promise<T>): Promise<T> {
    return this.#read(this.#groupOf(weights), use);
  }

  /** The group of the running average of a decay; undefined if it has none. */
  averageOf(decay: number): TensorGroup | undefined {
    return emaGroup(emaDecaysOf(this.state), decay);
  }

  /** The file of weights. @throws {CheckpointError} if there is no average of their decay. */
  #groupOf(weights: ModelWeights): TensorGroup {
    const decay = decayOf(weights);
    if (decay === null) return weights as TensorGroup;
    const group = this.averageOf(decay);
    if (group !== undefined) return group;
    const decays = emaDecaysOf(this.state);
    const those = decays.length === 1
      ? `the only one that it has is of ${decays[0]}`
      : `those that it has are of ${decays.join(" and ")}`;
    const names = ["ema", ...decays.map((each) => `ema:${each}`)].map((each) => `"${each}"`);
    throw new CheckpointError(
      `The checkpoint ${this.location} has no running average of decay ${decay}: ${those}. Ask for ` +
        `the weights ${names.join(" or ")}, or for "model".`,
    );
  }

  /**
   * Makes a network, without gradients, of one of the checkpoint's files. Its sizes are compared
   * with the file before memory is taken.
   *
   * @throws {CheckpointError} as {@linkcode load}, or if `state.json` tells of another network.
   */
  async network<M extends Network>(
    gpu: Gpu,
    networkClass: NetworkClass<M>,
    weights: ModelWeights,
    precision?: Precision,
  ): Promise<M> {
    return await networkOf(this, gpu, networkClass, weights, precision);
  }

  /**
   * What tells the content of a file from any other: its SHA-256. It is known at once, but of
   * checkpoints that older versions wrote, whose file is read.
   *
   * @throws {CheckpointError} if it is not known and the file cannot be read.
   */
  async identity(weights: ModelWeights): Promise<string> {
    const name = groupFile(this.#groupOf(weights));
    const record = this.#record(name);
    if (record !== undefined) return record.sha256;
    return await hashFile(this.#path(name), CheckpointError);
  }

  /**
   * The tokenizer that text became tokens with.
   *
   * @throws {CheckpointError} if it is not the one there is here, or its vocabulary is damaged.
   */
  async tokenizer(): Promise<Tokenizer> {
    const { name, fingerprint, file } = this.state.tokenizer;
    const mend = "Use the version of flm it was trained with.";
    if (!TOKENIZER_NAMES.includes(name)) {
      throw new CheckpointError(
        `The checkpoint ${this.location} was trained with the tokenizer ${
          describeKey(name)
        }, which is ` +
          `unknown here (there is: ${TOKENIZER_NAMES.join(", ")}). ${mend}`,
      );
    }
    if (file !== undefined) await this.#verify(file);
    const tokenizer = await createTokenizer(name, {
      file: file === undefined ? null : this.#path(file),
    });
    if (tokenizer.fingerprint !== fingerprint) {
      const [there, here] = [fingerprint.slice(0, 12), tokenizer.fingerprint.slice(0, 12)];
      throw new CheckpointError(
        `The checkpoint ${this.location} was trained with another version of the tokenizer ` +
          `${name} (fingerprint ${there}, here ${here}). ${mend}`,
      );
    }
    if (tokenizer.vocabSize !== this.state.model.vocabSize) {
      throw new CheckpointError(
        `The checkpoint ${this.location} is damaged: its vocabSize is ` +
          `${this.state.model.vocabSize}, but its tokenizer ${name} has ` +
          `${tokenizer.vocabSize} tokens.`,
      );
    }
    return tokenizer;
  }

  /**
   * Reads all files and compares them with what they were when they were written.
   *
   * @throws {CheckpointError} naming a file that is missing or damaged.
   */
  async verify(): Promise<void> {
    const { files, teacher } = this.state;
    if (files !== undefined) {
      for (const file of Object.keys(files)) await this.#verify(file);
      return;
    }
    // An older checkpoint: what can be said is that its files are whole.
    const groups = ["model", "ema", "optimizer"] as const;
    for (const group of teacher === undefined ? groups : [...groups, "teacher"] as const) {
      using _file = await SafetensorsFile.open(this.#path(groupFile(group)));
    }
  }

  /** Reads a group's file by `use`, and compares what comes with what was written. */
  async #read<T>(group: TensorGroup, use: (file: SafetensorsFile) => Promise<T>): Promise<T> {
    const name = groupFile(group);
    const record = this.#record(name);
    try {
      const { source, requireUnchanged } = await openRecorded(
        this.#path(name),
        record,
        CheckpointError,
      );
      using file = await SafetensorsFile.open(source);
      const result = await use(file);
      await requireUnchanged();
      return result;
    } catch (error) {
      throw error instanceof CheckpointError ? await this.#explained(name, error) : error;
    }
  }

  /**
   * An error of a file's content, with the damage that it comes from and the way on. A file that is
   * as it was written is not at fault, but what was asked of it.
   */
  async #explained(name: string, error: CheckpointError): Promise<CheckpointError> {
    try {
      await this.#verify(name);
    } catch (damage) {
      const isNews = damage instanceof CheckpointError && damage.message !== error.message;
      return await withWayOn(this.location, isNews ? extended(error, damage.message) : error);
    }
    // Nobody knows how files of older versions were written.
    return this.#record(name) === undefined ? await withWayOn(this.location, error) : error;
  }

  async #verify(name: string): Promise<void> {
    const { source, requireUnchanged } = await openRecorded(
      this.#path(name),
      this.#record(name),
      CheckpointError,
    );
    try {
      await requireUnchanged();
    } finally {
      source.close();
    }
  }

  #record(name: string): FileRecord | undefined {
    const { files } = this.state;
    if (files === undefined || Object.hasOwn(files, name)) return files?.[name];
    throw new CheckpointError(
      `The checkpoint ${this.location} was written without ${name}: its files are ` +
        `${Object.keys(files).join(", ")}.`,
    );
  }

  #path(name: string): string {
    return joinLocation(this.location, name);
  }
}

/** The folder that a run's `latest.json` names; where a process was killed, the newest there is. */
async function newestFolder(location: string, named: string | undefined): Promise<string> {
  const folder = named === undefined ? location : joinLocation(location, named);
  if (isUrl(location)) return folder;
  const [newest] = await hasState(folder) ? [] : await listCheckpoints(location);
  return newest === undefined ? folder : joinLocation(location, checkpointFolder(newest));
}

async function hasState(folder: string): Promise<boolean> {
  return await Deno.stat(joinLocation(folder, STATE)).then(() => true, () => false);
}

/** Whether a folder that had no state is the newest no more, or has one now. */
async function isReplaced(location: string, folder: string): Promise<boolean> {
  if (isUrl(location)) return false;
  const { checkpoint } = await readLatest(location);
  const newest = await newestFolder(location, checkpoint);
  return newest !== folder || await hasState(folder);
}

/** An error of a checkpoint of a run, with the newest whole one before it. */
async function withWayOn<E>(location: string, error: E): Promise<E | CheckpointError> {
  const place = placeOfCheckpoint(location);
  if (place === null || !(error instanceof CheckpointError)) return error;
  const { run } = place;
  let whole: Checkpoint | null;
  try {
    whole = await Checkpoint.newestWhole(run, place.step);
  } catch (cause) {
    // A program that may read this checkpoint need not be one that may read the others.
    if (isPermissionDenied(cause)) return error;
    throw cause;
  }
  const advice = whole === null
    ? `The run ${run} has no whole checkpoint before it.`
    : `The newest whole one before it is ${whole.location}; go on from it: ` +
      resumeCommand(run, whole.state);
  return extended(error, advice);
}

/** An error that says one thing more. */
function extended(error: CheckpointError, sentence: string): CheckpointError {
  return new CheckpointError(`${sentenceOf(error.message)} ${sentence}`, { cause: error });
}
