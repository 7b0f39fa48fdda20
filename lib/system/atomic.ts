/**
 * Files and folders that appear whole or not at all, even if the process is
 * killed or the power fails half-way.
 *
 * Each is built under a temporary name beside its target, flushed to disk and
 * renamed. The builder holds a file lock on the temporary; the system drops it
 * when the process dies, so a temporary that nobody locks is left over from a
 * killed process and is removed by the next write to the same target.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { builtin } from "./builtin.ts";
import { explainSystemError, whileWriting } from "./system_error.ts";
import { writeAll } from "./write_all.ts";

/** Bytes for a file, in one piece or in many; text is written as UTF-8. */
export type FileData = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** `.name.random.tmp`: under construction. `.name.random.old`: to be replaced. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{12}\.(tmp|old)$/s;

/**
 * Writes a file, replacing one that is there, so that at any moment `path` is
 * either the old file or the whole new one.
 *
 * @throws {FlmError} if the disk is full or the folder missing or not writable;
 * whatever `data` throws. Either leaves `path` as it was.
 */
export async function writeFileAtomic(path: string, data: FileData): Promise<void> {
  const target = locate(path);
  await removeLeftoversOf(path);
  using folder = await whileWriting(path, openFolder(target.folder));
  const temporary = await createLocked(target, async (name) => {
    const file = await Deno.open(name, { write: true, createNew: true });
    await file.lock(true);
    return file;
  });
  using file = temporary.handle;
  try {
    for await (const chunk of chunksOf(data)) await whileWriting(path, writeAll(file, chunk));
    await whileWriting(path, file.sync());
    await whileWriting(path, Deno.rename(temporary.name, path));
  } catch (error) {
    await discard(temporary.name);
    throw error;
  }
  await whileWriting(path, Promise.resolve(folder?.sync()));
}

/**
 * Writes a new file of a folder that is under construction, whose builder flushes all of it.
 *
 * @throws {FlmError} if the disk is full or the folder not writable; whatever `data` throws.
 */
export async function writeFile(path: string, data: FileData): Promise<void> {
  using file = await whileWriting(path, Deno.open(path, { write: true, createNew: true }));
  for await (const chunk of chunksOf(data)) await whileWriting(path, writeAll(file, chunk));
}

/**
 * Builds a folder, replacing one that is there, so that `path` never shows a
 * half-written one. `build` fills the empty folder that it is given, best by
 * {@linkcode writeFile}, whose errors are clear; when it is done every file
 * in it is flushed to disk and the folder gets its name.
 *
 * @throws {FlmError} if the disk is full or the parent folder missing or not
 * writable; whatever `build` throws. Either leaves `path` as it was.
 */
export async function writeDirectoryAtomic(
  path: string,
  build: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = locate(path);
  await removeLeftoversOf(path);
  using folder = await whileWriting(path, openFolder(target.folder));
  const temporary = await createLocked(target, async (name) => {
    await Deno.mkdir(name);
    return await openLocked(name);
  });
  using _lock = temporary.handle;
  try {
    await build(temporary.name);
    await whileWriting(path, syncTree(temporary.name));
    await whileWriting(path, putInPlace(temporary.name, target));
  } catch (error) {
    await discard(temporary.name);
    // What is said of a file in it names the place that a person knows.
    if (error instanceof FlmError) {
      error.message = error.message.replaceAll(temporary.name, target.path);
    }
    throw error;
  }
  await whileWriting(path, Promise.resolve(folder?.sync()));
}

/**
 * Finds out whether {@linkcode writeDirectoryAtomic} or {@linkcode writeFileAtomic} can write a
 * path, before the work that fills it: the names in between are longer than its own.
 *
 * @throws {FlmError} saying what is in the way.
 */
export async function requireBuildable(path: string): Promise<void> {
  const probe = hiddenName(locate(path), "tmp");
  await whileWriting(path, Deno.mkdir(probe));
  await removeIfThere(probe);
}

/**
 * Removes a folder so that `path` shows all of it or nothing; what is left of it if the process
 * is killed goes with {@linkcode removeStaleTemporaries}.
 *
 * @throws {FlmError} if it cannot be removed.
 */
export async function removeFolder(path: string): Promise<void> {
  const aside = hiddenName(locate(path), "tmp");
  await whileWriting(path, Deno.rename(path, aside));
  await removeIfThere(aside);
}

/**
 * Removes what killed processes left half-written in a folder, and gives a
 * folder its name back if its replacement was cut off. Temporaries that a live
 * process is still building are left alone.
 *
 * @param base Only leftovers of the target with this name; all if left out.
 * @returns The names of the leftovers dealt with.
 * @throws {FlmError} if a leftover cannot be removed.
 */
export async function removeStaleTemporaries(folder: string, base?: string): Promise<string[]> {
  const leftovers: string[] = [];
  for await (const { name } of listFolder(folder)) {
    const match = TEMPORARY.exec(name);
    if (!match || (base !== undefined && match[1] !== base)) continue;
    const path = `${folder}/${name}`;
    using lock = await tryLock(path);
    if (lock === null) continue;
    const original = `${folder}/${match[1]}`;
    if (match[2] === "old" && !(await isTaken(original))) {
      await whileWriting(original, Deno.rename(path, original));
    } else {
      await removeIfThere(path);
    }
    leftovers.push(name);
  }
  return leftovers;
}

/**
 * Removes what killed processes left of writing `path`, as the next write to it does: of a folder
 * that was replaced also the one before. What `path` shows is left as it is, if it shows anything.
 *
 * @throws {FlmError} if a leftover cannot be removed.
 */
export async function removeLeftoversOf(path: string): Promise<void> {
  const { folder, base } = locate(path);
  await removeStaleTemporaries(folder, base);
}

/** Where a target lies: its folder and its name there. */
interface Target {
  readonly path: string;
  readonly folder: string;
  readonly base: string;
}

function locate(path: string): Target {
  const { basename, dirname } = builtin("node:path");
  return {
    path: path.replace(/(?<=[^/])\/+$/, ""),
    folder: dirname(path),
    base: basename(path),
  };
}

/** A fresh hidden name beside the target. */
function hiddenName(target: Target, kind: "tmp" | "old"): string {
  const random = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  return `${target.folder}/.${target.base}.${random}.${kind}`;
}

/**
 * Creates a temporary and locks it. Another process might take it for a
 * leftover before it is locked, so see that it is still there.
 */
async function createLocked<T extends Disposable | null>(
  target: Target,
  create: (name: string) => Promise<T>,
): Promise<{ name: string; handle: T }> {
  while (true) {
    const name = hiddenName(target, "tmp");
    const handle = await whileWriting(target.path, create(name));
    if (await whileWriting(target.path, isTaken(name))) return { name, handle };
    handle?.[Symbol.dispose]();
  }
}

/** A handle by which a folder can be flushed and locked; Windows has none. */
async function openFolder(path: string): Promise<Deno.FsFile | null> {
  return Deno.build.os === "windows" ? null : await Deno.open(path);
}

async function openLocked(path: string): Promise<Deno.FsFile | null> {
  const handle = await openFolder(path);
  await handle?.lock(true);
  return handle;
}

/** The lock of a temporary if its builder is gone, else null. */
async function tryLock(path: string): Promise<Deno.FsFile | null> {
  let handle: Deno.FsFile;
  try {
    handle = await Deno.open(path);
  } catch {
    // Gone by now, or not for us to touch.
    return null;
  }
  if (await handle.tryLock(true)) return handle;
  handle.close();
  return null;
}

async function* listFolder(folder: string): AsyncIterable<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw explainSystemError("write", folder, error);
    }
  }
}

async function* chunksOf(data: FileData): AsyncIterable<Uint8Array> {
  if (typeof data === "string") yield new TextEncoder().encode(data);
  else if (data instanceof Uint8Array) yield data;
  else yield* data;
}

/** Flushes every file below a folder, then the folders. */
async function syncTree(folder: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      await syncTree(path);
    } else if (entry.isFile) {
      using file = await Deno.open(path);
      await file.sync();
    }
  }
  using handle = await openFolder(folder);
  await handle?.sync();
}

/** Renames a finished folder to its target, moving an older one out of the way first. */
async function putInPlace(temporary: string, target: Target): Promise<void> {
  if (!(await isTaken(target.path))) {
    await Deno.rename(temporary, target.path);
    return;
  }
  using _lock = await openLocked(target.path);
  const aside = hiddenName(target, "old");
  await Deno.rename(target.path, aside);
  try {
    await Deno.rename(temporary, target.path);
  } catch (error) {
    await Deno.rename(aside, target.path);
    throw error;
  }
  await removeIfThere(aside);
}

/** Whether a name is taken, be it by a link that leads nowhere. */
async function isTaken(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a file or folder, if there is one. @throws {FlmError} if it cannot be removed. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw explainSystemError("write", path, error);
  }
}

/** Removes a temporary after a failure; what will not go is a leftover for the next write. */
async function discard(path: string): Promise<void> {
  try {
    await removeIfThere(path);
  } catch {
    // The failure that led here is the one to report.
  }
}
