/**
 * Locks on folders that one process at a time may fill.
 *
 * A lock is a file in the folder that the operating system keeps locked for its owner and lets go
 * when that ends, however it ends: what a killed process leaves behind is only the file, which the
 * next one takes over. The file says who the owner is, for messages. On network disks the lock
 * holds for all machines if the disk passes locks on (NFS with its lock manager, Lustre mounted
 * with `flock`); it is let go there as soon as the server notices that the owner's machine is gone.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { integer, text } from "../schema/field.ts";
import { readJson } from "../schema/read_json.ts";
import type { Section } from "../schema/tree.ts";
import { sleep } from "./pause.ts";
import { isAt } from "./same_file.ts";
import {
  explainSystemError,
  makeFolder,
  systemCode,
  whileReading,
  whileWriting,
} from "./system_error.ts";

/** The file's name in the folder. */
export const LOCK_FILE = "lock";

/** Bytes that are read of what a file says of its owner. */
const OWNER_BYTES = 1024;
/** How often a lock is tried for whose file others remove at the same time. */
const MAX_TRIES = 100;
/** How often a lock that another holds is looked at for its owner, and the milliseconds between. */
const [MAX_LOOKS, LOOK_MS] = [25, 20];

/** An owner of whom no more is known, as the subject of a sentence. */
const UNKNOWN_OWNER = "Another process";

/** The process that holds a lock. */
interface Owner {
  /** Its number. */
  pid: number;
  /** The machine that it runs on, if the owner may know it. */
  host?: string;
}

const OWNER: Section<Owner> = {
  doc: "The process that holds a lock.",
  keys: {
    pid: integer({ doc: "Its number.", min: 1 }),
    host: { doc: "Its machine.", optional: text({ doc: "The machine that it runs on." }) },
  },
};

/** A lock that is held; disposing of it lets others in. */
export class FolderLock implements Disposable {
  readonly #folder: string;
  readonly #file: Deno.FsFile;
  /** Whether the folder is there for the lock alone. */
  readonly #made: boolean;

  private constructor(folder: string, file: Deno.FsFile, made: boolean) {
    this.#folder = folder;
    this.#file = file;
    this.#made = made;
  }

  /**
   * Locks a folder, which is made if it is not there.
   *
   * @param refusal The error if another process holds the lock; it is given the subject of a
   * sentence that names it: `Another process (12 on host a)`.
   * @throws {FlmError} that one, or if the folder or its lock cannot be made.
   */
  static async take(folder: string, refusal: (owner: string) => FlmError): Promise<FolderLock> {
    // What else is wrong with it is found when it is made.
    const made = await Deno.stat(folder).then(() => false, () => true);
    const path = `${folder}/${LOCK_FILE}`;
    let [owner, looks] = ["", 0];
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      await makeFolder(folder);
      const file = await openFile(path);
      if (file === null) continue;
      let lock: FolderLock | undefined;
      try {
        if (!await whileWriting(path, file.tryLock(true))) {
          // One that has just taken it has not written yet: the file is empty, or names the last.
          const said = await readOwner(file);
          const isSure = said !== "" && said === owner;
          if (isSure || ++looks === MAX_LOOKS) throw refusal(said || UNKNOWN_OWNER);
          owner = said;
          await sleep(LOOK_MS);
          continue;
        }
        // Its last owner may have removed it after it was opened here.
        if (!isAt(path, file, Deno.lstatSync)) continue;
        lock = new FolderLock(folder, file, made);
      } finally {
        if (lock === undefined) file.close();
      }
      try {
        await whileWriting(path, writeOwner(file));
        return lock;
      } catch (error) {
        lock[Symbol.dispose]();
        throw error;
      }
    }
    throw new FlmError(
      `Cannot lock ${folder}: ${path} is a link, or others replace it all the time. Remove it.`,
    );
  }

  /** Removes the file, and the folder if nothing has come into it, and lets others in. */
  [Symbol.dispose](): void {
    const path = `${this.#folder}/${LOCK_FILE}`;
    // Whoever removed the folder let others make another.
    if (isAt(path, this.#file, Deno.lstatSync)) removeQuietly(path);
    this.#file.close();
    if (this.#made) removeQuietly(this.#folder);
  }
}

/**
 * Whether a process holds the lock of a folder.
 *
 * @throws {FlmError} if that cannot be told.
 */
export async function isLocked(folder: string): Promise<boolean> {
  const path = `${folder}/${LOCK_FILE}`;
  const opened = Deno.open(path).catch((error) => {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  });
  using file = await whileReading(path, opened);
  // Held for a moment, and beside others that look.
  return file !== null && !await whileReading(path, file.tryLock(false));
}

/** Opens a lock's file, made if need be; null if its folder was removed just now. */
async function openFile(path: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw explainSystemError("write", path, error);
  }
}

async function writeOwner(file: Deno.FsFile): Promise<void> {
  const host = hostname();
  const owner = JSON.stringify({ pid: Deno.pid, ...(host !== undefined && { host }) }) + "\n";
  await file.truncate();
  await file.write(new TextEncoder().encode(owner));
}

/** This machine's name, if the program may know it. */
function hostname(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : undefined;
}

/** The owner as the subject of a sentence; empty if it has not said yet who it is. */
async function readOwner(file: Deno.FsFile): Promise<string> {
  const bytes = new Uint8Array(OWNER_BYTES);
  try {
    const length = await file.read(bytes) ?? 0;
    if (length === 0) return "";
    const content = new TextDecoder().decode(bytes.subarray(0, length));
    const { pid, host } = readJson<Owner>(content, OWNER, { name: LOCK_FILE, error: FlmError });
    return `${UNKNOWN_OWNER} (${pid}${host === undefined ? "" : ` on ${host}`})`;
  } catch {
    // The system lets nobody else read what it has locked, or somebody else wrote into it.
    return UNKNOWN_OWNER;
  }
}

/** Removes a file or an empty folder; one that will not go is in nobody's way. */
function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Nothing depends on it.
  }
}
