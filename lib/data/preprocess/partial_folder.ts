/**
 * The folder in which shards are made: beside that of the shards, with the shards so far and
 * `progress.json`, from which a preprocessing that was cut off goes on.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { removeIfThere, writeFileAtomic } from "../../system/atomic.ts";
import { exists, missingFolders } from "../../system/exists.ts";
import { FolderLock, LOCK_FILE } from "../../system/folder_lock.ts";
import { readTextIfThere } from "../../io/read_text.ts";
import { whileReading, whileWriting } from "../../system/system_error.ts";
import { TOKENIZER_FILE } from "../../text/create_tokenizer.ts";
import { type PreprocessState, readState, type StateInputs } from "./state.ts";
import { beginAnew } from "../shards/writer.ts";

const STATE_FILE = "progress.json";
/** The names of shards, of the other files, and of such that a killed process was writing. */
const OWN_FILE = /^((train|validation)-\d+\.bin|\.?(progress|tokenizer)\.json(\..+)?)$/;

/** The folder in which the shards of the folder `dir` are made. */
export function partialFolder(dir: string): string {
  return `${dir.replace(/\/+$/, "")}.partial`;
}

/** The folder of an unfinished preprocessing, locked while it is open. */
export class PartialFolder implements AsyncDisposable {
  /** The folder. */
  readonly path: string;
  readonly #lock: FolderLock;
  /** The folders above it that were made for it, the deepest first. */
  readonly #above: readonly string[];

  private constructor(path: string, lock: FolderLock, above: readonly string[]) {
    this.path = path;
    this.#lock = lock;
    this.#above = above;
  }

  /**
   * Makes or opens the folder that belongs to `dir`.
   *
   * @throws {DataError} if another process works in it.
   * @throws {FlmError} if it cannot be made.
   */
  static async open(dir: string): Promise<PartialFolder> {
    const path = partialFolder(dir);
    const [, ...above] = await missingFolders(path);
    const lock = await FolderLock.take(path, (owner) =>
      new DataError(
        `${owner} is making the shards of ${dir}. Wait until it has ended, or stop it.`,
      ));
    return new PartialFolder(path, lock, above);
  }

  /** Removes the folder that belongs to `dir` if there is one from which nothing can go on. */
  static async removeUseless(dir: string): Promise<void> {
    const path = partialFolder(dir);
    if (await exists(`${path}/${STATE_FILE}`)) return;
    // Without a lock it is somebody else's, unless nothing but the folder was left to remove.
    if (!await exists(`${path}/${LOCK_FILE}`)) return await Deno.remove(path).catch(() => {});
    try {
      await using _folder = await PartialFolder.open(dir);
    } catch (error) {
      // Somebody works in it.
      if (!(error instanceof DataError)) throw error;
    }
  }

  /**
   * What was saved for these inputs, or null; what belongs to others is removed.
   *
   * @throws {DataError} if it is damaged.
   */
  async load(inputs: StateInputs): Promise<PreprocessState | null> {
    const name = `${this.path}/${STATE_FILE}`;
    const source = await readTextIfThere(name, DataError);
    if (source !== undefined) {
      const document = { name, error: DataError, advice: beginAnew(this.path) };
      const state = readState(source, inputs, document);
      if (state !== null) return state;
    }
    await this.clear();
    return null;
  }

  /** Saves, whole or not at all. @throws {FlmError} if it cannot be written. */
  async save(state: PreprocessState): Promise<void> {
    await writeFileAtomic(`${this.path}/${STATE_FILE}`, JSON.stringify(state));
  }

  /** Where a tokenizer that was learned is kept; it belongs to the state that was saved. */
  get tokenizerFile(): string {
    return `${this.path}/${TOKENIZER_FILE}`;
  }

  /** Moves the shards, and their tokenizer, into another folder of the same disk. */
  async moveShards(folder: string): Promise<void> {
    await this.#forget();
    for (const name of await this.#names()) {
      if (!name.endsWith(".bin") && name !== TOKENIZER_FILE) continue;
      await whileWriting(folder, Deno.rename(`${this.path}/${name}`, `${folder}/${name}`));
    }
  }

  /** Removes all that was made here. */
  async clear(): Promise<void> {
    await this.#forget();
    for (const name of await this.#names()) {
      if (OWN_FILE.test(name)) await whileWriting(this.path, Deno.remove(`${this.path}/${name}`));
    }
  }

  /** Lets other processes in, and removes the folder if no later call can go on from it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const isUseless = await this.#clearUseless();
    this.#lock[Symbol.dispose]();
    // What others have put there stays, as do the shards.
    const made = isUseless ? [this.path, ...this.#above] : [];
    for (const folder of made) await Deno.remove(folder).catch(() => {});
  }

  /**
   * Removes what was saved, before the files that it tells of: from now on the rest of the folder
   * is of no use, whenever the process is killed.
   */
  async #forget(): Promise<void> {
    await removeIfThere(`${this.path}/${STATE_FILE}`);
  }

  /** Whether nothing was saved; what was made is removed then. It does not fail. */
  async #clearUseless(): Promise<boolean> {
    try {
      if (await exists(`${this.path}/${STATE_FILE}`)) return false;
      await this.clear();
      return true;
    } catch {
      // What stays does no harm, and what led here is the one to report.
      return false;
    }
  }

  async #names(): Promise<string[]> {
    const entries = await whileReading(this.path, Array.fromAsync(Deno.readDir(this.path)));
    return entries.map(({ name }) => name);
  }
}
