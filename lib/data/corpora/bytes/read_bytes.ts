/**
 * The bytes of corpus files as a stream, from disk or from a web server.
 *
 * @module
 */
import { DataError, isPermissionDenied, messageOf } from "../../../errors.ts";
import { exists } from "../../../system/exists.ts";
import { addressOf } from "../../../system/location.ts";
import { advisePath, inCallersFolder, lookedFor } from "../../../system/looked_for.ts";
import { type Attendance, firstContact, PATIENT } from "../../../net/retry_policy.ts";
import { type Download, download } from "../../../net/download.ts";
import { sha256 } from "../../../system/sha256.ts";
import { systemReason } from "../../../system/system_error.ts";
import { taskCommand } from "../../../system/task_command.ts";

/** Bytes in chunks of whatever size; nobody writes to a chunk that was handed on. */
export type ByteChunks = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Bytes that are read at a time: a stream of Deno's own gives a quarter, at 1.7 times the cost. */
const CHUNK_BYTES = 1 << 18;

/** Whether a location is on a web server. */
function isWebAddress(location: string): boolean {
  const url = addressOf(location);
  return url !== null && url.protocol !== "file:";
}

/**
 * The bytes of a path, a `file:` URL or an `http(s):` URL; every failure to read becomes a
 * DataError.
 *
 * @param key The configuration key that named it.
 * @param attendance Who waits for it.
 * @throws {DataError} if there is no such file or it cannot be read.
 */
export async function* readBytes(
  location: string,
  key: string,
  attendance: Attendance = {},
): ByteChunks {
  if (isWebAddress(location)) {
    yield* (await request(location, key, attendance)).body;
    return;
  }
  try {
    const path = addressOf(location) ?? location;
    // Asked before it is opened: a pipe would wait for its other end, and cannot be read twice.
    const { isFile } = await Deno.stat(path);
    if (!isFile) throw new DataError("it is a folder, a device or a pipe, expected a file");
    using file = await Deno.open(path);
    for (;;) {
      attendance.signal?.throwIfAborted();
      const chunk = new Uint8Array(CHUNK_BYTES);
      const read = await file.read(chunk);
      if (read === null) break;
      yield chunk.subarray(0, read);
    }
  } catch (cause) {
    attendance.signal?.throwIfAborted();
    const reason = await reasonOf(cause, location, key);
    throw new DataError(`Cannot read the corpus ${location}: ${reason}`, { cause });
  }
}

/**
 * What changes whenever the file does: SHA-256 of its bytes, so that an edited corpus is noticed
 * whatever its date; of an address, what the server says of it, if it says its version.
 *
 * @param key The configuration key that named it.
 * @param attendance Who waits for a server.
 * @throws {DataError} if there is no such file or it cannot be read.
 */
export async function identityOf(
  location: string,
  key: string,
  attendance: Attendance = {},
): Promise<string> {
  if (!isWebAddress(location)) return await hashOf(readBytes(location, key, attendance));
  const { validator, length, body, cancel } = await request(location, key, attendance);
  if (validator === null) return await hashOf(body);
  await cancel();
  const { origin, pathname } = new URL(location);
  return `${origin}${pathname} ${validator} ${length ?? ""}`.trim();
}

async function hashOf(chunks: ByteChunks): Promise<string> {
  const hash = sha256();
  for await (const bytes of chunks) hash.update(bytes);
  return `sha256:${hash.hex()}`;
}

async function request(
  location: string,
  key: string,
  attendance: Attendance,
): Promise<Download> {
  const explain = (status: number) =>
    [403, 404, 410].includes(status) ? `check the address in ${key}` : undefined;
  const retry = firstContact(PATIENT);
  const access = { retry, explain, ...attendance };
  return await whileAllowed(
    location,
    download(new URL(location), `the corpus ${location}`, access),
  );
}

/**
 * Awaits a request to a web server, and says which task may make it if this one may not.
 *
 * @throws {DataError} if it may not.
 */
export async function whileAllowed<T>(location: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (cause) {
    if (!isWebAddress(location) || !isPermissionDenied(cause)) throw cause;
    const [needed] = messageOf(cause).split(", run again");
    throw new DataError(
      `Cannot read the corpus ${location}: Deno was not allowed to (${needed}). Use ` +
        `${taskCommand("preprocess:web")}, which may ask any server, or fetch the file first.`,
      { cause },
    );
  }
}

async function reasonOf(cause: unknown, path: string, key: string): Promise<string> {
  if (cause instanceof Deno.errors.NotFound) {
    const whole = inCallersFolder(path);
    const isThere = whole !== null && await exists(whole).catch(() => false);
    const advice = isThere ? advisePath(key, path, whole) : ` Set ${key}.`;
    return `there is no such file${lookedFor(path)}.${advice}`;
  }
  const reason = systemReason("read", cause);
  if (reason !== null) return `${reason}. See ${key}.`;
  if (isPermissionDenied(cause)) {
    return `Deno was not allowed to. Run with --allow-read=${path}.`;
  }
  return `${messageOf(cause)}.`;
}
