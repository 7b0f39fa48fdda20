/**
 * What a preprocessing that was cut off goes on from: a folder beside that of the shards, with
 * the shards so far and `progress.json`.
 *
 * @module
 */
import { DataError } from "../errors.ts";
import { writeFileAtomic } from "../io/atomic.ts";
import { FolderLock, LOCK_FILE } from "../io/folder_lock.ts";
import type { SplitName } from "./manifest.ts";
import type { PackerState } from "./packing.ts";
import type { ShardWriterState } from "./shard_writer.ts";
import type { SplitPlan } from "./split_plan.ts";
import type { CorpusCursor } from "./text_batches.ts";

/** Everything that decides the rest of the shards. */
export interface PreprocessState {
  /** Hash of the inputs. */
  configHash: string;
  /** The plan of the split. */
  plan: SplitPlan;
  /** Where to go on in the corpus. */
  cursor: CorpusCursor;
  /** The split that was being written. */
  split: SplitName;
  /** What its packer holds. */
  packer: PackerState;
  /** What is on disk. */
  writers: Record<SplitName, ShardWriterState>;
  /** What was counted. */
  statistics: StatisticsState;
}

/** What {@linkcode CorpusStatistics} holds. */
export interface StatisticsState {
  /** Documents with at least one token, by split. */
  documents: Record<SplitName, number>;
  /** Documents that were read, blank and faulty ones included. */
  read: number;
  /** Faulty documents. */
  faults: number;
  /** Bytes of text in UTF-8. */
  bytes: number;
  /** How often each token occurs. */
  counts: number[];
  /** Documents by length: entry i counts those of 2^i to 2^(i+1) − 1 tokens. */
  lengths: number[];
}

const STATE_FILE = "progress.json";

/** The folder in which the shards of the folder `dir` are made. */
export function partialFolder(dir: string): string {
  return `${dir.replace(/\/+$/, "")}.partial`;
}

/** The folder of an unfinished preprocessing, locked while it is open. */
export class PartialFolder implements Disposable {
  /** The folder. */
  readonly path: string;
  readonly #lock: FolderLock;

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes or opens the folder that belongs to `dir`.
   *
   * @throws {DataError} if another process works in it.
   * @throws {FlmError} if it cannot be made.
   */
  static async open(dir: string): Promise<PartialFolder> {
    const path = partialFolder(dir);
    const lock = await FolderLock.take(path, (owner) =>
      new DataError(
        `${owner} is making the shards of ${dir}. Wait until it has ended, or stop it.`,
      ));
    return new PartialFolder(path, lock);
  }

  /** What was saved for these inputs, or null; what belongs to others is removed. */
  async load(configHash: string): Promise<PreprocessState | null> {
    try {
      const text = await Deno.readTextFile(`${this.path}/${STATE_FILE}`);
      const found: Partial<PreprocessState> | null = JSON.parse(text);
      if (found?.configHash === configHash) return found as PreprocessState;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)) throw error;
    }
    await this.clear();
    return null;
  }

  /** Saves, whole or not at all. @throws {FlmError} if it cannot be written. */
  async save(state: PreprocessState): Promise<void> {
    await writeFileAtomic(`${this.path}/${STATE_FILE}`, JSON.stringify(state));
  }

  /** Moves the shards into another folder of the same disk. */
  async moveShards(folder: string): Promise<void> {
    // From now on the rest of the folder is of no use.
    await Deno.remove(`${this.path}/${STATE_FILE}`).catch(() => {});
    for await (const { name } of Deno.readDir(this.path)) {
      if (name.endsWith(".bin")) await Deno.rename(`${this.path}/${name}`, `${folder}/${name}`);
    }
  }

  /** Removes all that is in the folder but its lock. */
  async clear(): Promise<void> {
    for await (const { name } of Deno.readDir(this.path)) {
      if (name !== LOCK_FILE) await Deno.remove(`${this.path}/${name}`);
    }
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }

  /** Lets other processes in. */
  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }
}
