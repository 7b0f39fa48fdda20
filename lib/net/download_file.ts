/**
 * Downloads that go on where they stopped, and that appear whole or not at all.
 *
 * @module
 */

import { DataError, FlmError, messageOf } from "../errors.ts";
import { removeIfThere } from "../system/atomic.ts";
import { builtin } from "../system/builtin.ts";
import { fileSize } from "../system/exists.ts";
import { shownAddress } from "../system/location.ts";
import { isMissing } from "./missing.ts";
import type { Access } from "./request.ts";
import { type Attendance, firstContact, PATIENT, type RetryPolicy } from "./retry_policy.ts";
import { type Download, download } from "./download.ts";
import { type ByteHash, sha256 } from "../system/sha256.ts";
import { makeFolder, whileReading, whileWriting } from "../system/system_error.ts";
import { writeAll } from "../system/write_all.ts";

/**
 * Options of {@linkcode downloadFile}. What has come when it is stopped stays for the next time.
 */
export interface DownloadOptions extends Attendance {
  /** A token for the server, sent as a bearer's; not passed on to other servers. */
  token?: string | undefined;
  /** The SHA-256 that the file must have, in hexadecimal; else the server's word for it, if any. */
  sha256?: string;
  /** Bytes that the file has at most; 16 GiB, if the server does not say it either. */
  maxBytes?: number | undefined;
  /** How often it is tried; {@linkcode PATIENT} unless given. */
  retry?: RetryPolicy;
  /** Called as bytes arrive: with those that are there, and all of them if that is known. */
  onProgress?: ((done: number, total: number | null) => void) | undefined;
}

/** The server has no such file. */
export class NoSuchFileError extends DataError {}

/** A file on a server. */
interface Remote {
  /** Tells versions of the file apart; null if nothing does. */
  identity: string | null;
  sha256: string | null;
  size: number | null;
  answer: Download;
}

/**
 * Downloads `url` to the file `path`, whose folder is made. Bytes gather in `path.part`; if such a
 * file is there from last time and the server still has the same version, the download goes on
 * after it. Size and, if known, hash are checked before the file gets its name.
 *
 * @throws {NoSuchFileError} if the server answers that there is none.
 * @throws {DataError} if the download fails, or what came has another size or hash; in the latter
 * case it has been removed.
 */
export async function downloadFile(
  url: string | URL,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const address = new URL(url);
  const name = shownAddress(address);
  const part = `${path}.part`;
  // The version that the part belongs to.
  const tag = `${part}.tag`;
  await makeFolder(builtin("node:path").dirname(path));
  let start = await fileSize(part) ?? 0;
  const known = start > 0 ? await Deno.readTextFile(tag).catch(() => null) : null;
  if (known === null) start = 0;
  let remote = await request(address, name, start, options);
  const resumes = remote.answer.range?.first === start && remote.identity === known;
  if (start > 0 && !resumes) {
    start = 0;
    if (remote.answer.status !== 200) {
      await remote.answer.cancel();
      remote = await request(address, name, 0, options);
    }
  }
  const hash = sha256();
  if (start > 0) await whileReading(part, addFile(hash, part), DataError);
  else if (remote.identity !== null) {
    await whileWriting(tag, Deno.writeTextFile(tag, remote.identity));
  } else await removeIfThere(tag);
  const total = remote.size;
  const limit = Math.min(total ?? MAX_UNTOLD, options.maxBytes ?? Infinity);
  const size = await append(part, remote, start, limit, hash, options);
  if (total !== null && size < total && size <= limit) {
    throw new DataError(
      `Cannot read ${name}: it ended after ${size} of ${total} bytes. ${GOES_ON}`,
    );
  }
  const expected = options.sha256 ?? remote.sha256;
  const found = hash.hex();
  const problem = size > limit
    ? `more than the ${limit} bytes that ` +
      (limit === total ? "the server promised" : "are taken of such a file")
    : expected !== null && found !== expected.toLowerCase()
    ? `the SHA-256 ${found}, expected ${expected}`
    : null;
  if (problem !== null) {
    await removeIfThere(part);
    await removeIfThere(tag);
    throw new DataError(
      `The download of ${name} is damaged: it has ${problem}. It was removed; try again.`,
    );
  }
  await whileWriting(path, Deno.rename(part, path));
  await removeIfThere(tag);
}

/** Bytes that are taken from a server that does not say how many there are: there may be no end. */
const MAX_UNTOLD = 2 ** 34;

const GOES_ON = "Try again: it goes on from there.";

/** Asks for the file from byte `start` on. */
async function request(
  address: URL,
  name: string,
  start: number,
  { token, signal, onWait, retry = PATIENT }: DownloadOptions,
): Promise<Remote> {
  // The hub speaks of the file itself where it redirects to a store.
  let etag: string | null = null;
  let size: number | null = null;
  const access: Access = {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    retry: firstContact(retry),
    signal,
    onWait,
    explain: (status) =>
      status === 401 || status === 403 ? "does it need a token (HF_TOKEN)?" : undefined,
    onRedirect(headers) {
      etag ??= headers.get("x-linked-etag");
      size ??= numberOf(headers.get("x-linked-size"));
    },
  };
  let answer: Download;
  try {
    answer = await download(address, name, access, start > 0 ? { first: start } : undefined);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { cause } = error as Error;
    throw new NoSuchFileError(
      cause instanceof Response
        ? `There is no ${name} (HTTP ${cause.status}); check the name.`
        : messageOf(error),
      { cause: error },
    );
  }
  const { headers, status, range, length, validator } = answer;
  etag ??= headers.get("x-linked-etag");
  const identity = unquoted(etag ?? validator);
  return {
    identity,
    sha256: identity !== null && /^[0-9a-f]{64}$/i.test(identity) ? identity : null,
    size: size ?? range?.size ?? (status === 200 ? length : null),
    answer,
  };
}

/**
 * Writes an answer's body after the first `start` bytes of a file, until it exceeds a limit.
 *
 * @returns The file's size.
 */
async function append(
  path: string,
  { answer, size: total }: Remote,
  start: number,
  limit: number,
  hash: ByteHash,
  { onProgress, signal }: DownloadOptions,
): Promise<number> {
  using file = await whileWriting(path, Deno.open(path, { write: true, create: true }));
  await whileWriting(path, file.truncate(start));
  await file.seek(start, Deno.SeekMode.Start);
  let size = start;
  onProgress?.(size, total);
  for await (const chunk of brokenOff(answer.body, () => size, signal)) {
    hash.update(chunk);
    await whileWriting(path, writeAll(file, chunk));
    size += chunk.length;
    onProgress?.(size, total);
    if (size > limit) break;
  }
  await whileWriting(path, file.sync());
  return size;
}

/** The chunks of a body, whose error says how much there is for the next time. */
async function* brokenOff<Chunk>(
  body: AsyncIterable<Chunk>,
  size: () => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk> {
  try {
    yield* body;
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof FlmError)) throw cause;
    throw new DataError(`${cause.message}. ${size()} bytes are there. ${GOES_ON}`, { cause });
  }
}

async function addFile(hash: ByteHash, path: string): Promise<void> {
  const { readable } = await Deno.open(path);
  for await (const chunk of readable) hash.update(chunk);
}

/** An ETag without the marks around it. */
function unquoted(etag: string | null): string | null {
  return etag === null ? null : etag.replace(/^(W\/)?"(.*)"$/, "$2");
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
