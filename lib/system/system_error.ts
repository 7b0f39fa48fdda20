/**
 * Errors of the operating system, put into words: what a full disk, a missing folder or a path that
 * is too long mean to the person who named the path.
 *
 * @module
 */

import { type ErrorClass, FlmError, isPermissionDenied } from "../errors.ts";
import { lookedFor } from "./looked_for.ts";
import { lackOfWriteAccess } from "./write_access.ts";

/** What was being done with a path. */
export type FileAccess = "read" | "write";

/** What each code of the operating system means, to a reader and to a writer. */
const REASONS: Readonly<Record<string, string | Readonly<Record<FileAccess, string>>>> = {
  ENOENT: {
    read: "there is no such file or folder; check the path",
    write: "its folder does not exist; create it first",
  },
  EEXIST: "something has that name already; remove it or choose another path",
  ENOTDIR: {
    read: "a file is where a folder should be; check the path",
    write: "what should be its folder is a file; choose another path",
  },
  EISDIR: {
    read: "it is a folder, expected a file",
    write: "a folder has that name; remove it or choose another path",
  },
  EACCES: {
    read: "it may not be read by this user; change its permissions",
    write: "its folder is not writable; change its permissions or choose another path",
  },
  EROFS: "its disk may only be read; choose a path on another, or have it mounted for writing",
  ENOSPC: "the disk is full or over its quota; free some space and try again " +
    "(what was there before is unchanged)",
  ENAMETOOLONG: "its name is too long for this file system; choose a shorter one",
  ELOOP: "symbolic links lead in a circle there; remove the link or choose another path",
  EMFILE: "the program has too many files open; raise the limit (ulimit -n) and try again",
  ENFILE: "the system has too many files open; close other programs and try again",
  ENOTEMPTY: "a folder of that name is not empty; remove it or choose another path",
  EFBIG: "it would be larger than the file system or a limit (ulimit -f) allows",
  EBUSY: "it is in use; close the program that uses it and try again",
  ETXTBSY: "it is a program that runs; stop it and try again",
  EIO: "the disk or its connection failed; look at the system's log",
  ESTALE: "the network disk has lost it; try again",
  EXDEV: "it lies on another disk than its target; choose another path",
  EINVAL: "the system does not allow that there; check that it is an ordinary file or folder",
  ENXIO: "it is no ordinary file; check the path",
  ENOLCK: "its disk keeps no locks on files; have its lock manager started or choose another disk",
  ENOTSUP: "its file system cannot do that: it may lack locks on files (Lustre has them if it is " +
    "mounted with flock); choose another disk",
  EPIPE: "what should read it has ended",
};

/** Codes that mean what another means. */
const ALIASES: Readonly<Record<string, string>> = {
  EDQUOT: "ENOSPC",
  EPERM: "EACCES",
  EOPNOTSUPP: "ENOTSUP",
  ENOSYS: "ENOTSUP",
  EOVERFLOW: "EFBIG",
  ENODEV: "ENXIO",
};

/** Codes of errors that Deno makes itself, by their class. */
const CODES_OF_CLASSES: Readonly<Record<string, string>> = {
  NotFound: "ENOENT",
  AlreadyExists: "EEXIST",
  NotADirectory: "ENOTDIR",
  IsADirectory: "EISDIR",
  PermissionDenied: "EACCES",
  FilesystemLoop: "ELOOP",
  Busy: "EBUSY",
  BrokenPipe: "EPIPE",
  WouldBlock: "EAGAIN",
};

/** Codes that Deno does not know, by the numbers that they have on every Unix. */
const CODES_OF_NUMBERS: Readonly<Record<string, string>> = {
  "6": "ENXIO",
  "19": "ENODEV",
  "26": "ETXTBSY",
  "27": "EFBIG",
};

/**
 * The code by which the operating system calls an error, such as `ENOSPC`, or its number, such as
 * `E117`; null for other errors.
 */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || error instanceof FlmError) return null;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return code;
  const known = CODES_OF_CLASSES[error.name];
  if (known !== undefined) return known;
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return number === undefined ? null : CODES_OF_NUMBERS[number] ?? `E${number}`;
}

/**
 * Turns an error of the operating system into one that says what to do: disk full, folder missing
 * or not writable, too many open files. Any other error comes back as it is. A permission that the
 * program was not given is explained to a writer, who needs two flags; a reader's is passed on, see
 * {@linkcode isPermissionDenied}.
 *
 * @param errorClass The class of the error.
 */
export function explainSystemError(
  access: FileAccess,
  path: string,
  error: unknown,
  errorClass: ErrorClass = FlmError,
): unknown {
  const reason = systemReason(access, error);
  if (reason === null) return error;
  const where = access === "read" && systemCode(error) === "ENOENT" ? lookedFor(path) : "";
  return new errorClass(`Cannot ${access} ${path}: ${reason}${where}`, { cause: error });
}

/** Awaits an operation that writes a path, explaining its error. @throws {FlmError} */
export async function whileWriting<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw explainSystemError("write", path, error);
  }
}

/**
 * Awaits an operation that reads a path, explaining its error. Whoever takes a missing file for an
 * answer looks for `Deno.errors.NotFound` before.
 *
 * @throws {FlmError} of the class given.
 */
export async function whileReading<T>(
  path: string,
  operation: Promise<T>,
  errorClass: ErrorClass = FlmError,
): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw explainSystemError("read", path, error, errorClass);
  }
}

/**
 * Makes a folder and those above it, unless they are there.
 *
 * @throws {FlmError} if it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  await whileWriting(path, Deno.mkdir(path, { recursive: true }));
}

/** What an error of the operating system means, without the path; null for other errors. */
export function systemReason(access: FileAccess, error: unknown): string | null {
  if (isPermissionDenied(error)) {
    if (access === "read") return null;
    return lackOfWriteAccess("FOLDER");
  }
  const code = systemCode(error);
  if (code === null) return null;
  const reason = REASONS[ALIASES[code] ?? code];
  if (reason === undefined) return `the system says "${(error as Error).message}"`;
  return typeof reason === "string" ? reason : reason[access];
}
