/**
 * Downloads that go on where they stopped, and that appear whole or not at all.
 *
 * @module
 */

import type { Hash } from "node:crypto";
import { DataError, isPermissionDenied } from "../errors.ts";
import { makeFolder, whileWriting } from "./write_error.ts";

/** Options of {@linkcode download}. */
export interface DownloadOptions {
  /** A token for the server, sent as a bearer's; not passed on to other servers. */
  token?: string | undefined;
  /** The SHA-256 that the file must have, in hexadecimal; else the server's word for it, if any. */
  sha256?: string;
  /** Called as bytes arrive: with those that are there, and all of them if that is known. */
  onProgress?: ((done: number, total: number | null) => void) | undefined;
  /** Stops the download; what has come stays for the next time. */
  signal?: AbortSignal | undefined;
}

/** The server has no such file. */
export class NoSuchFileError extends DataError {}

/** What a server says of a file, over all redirects. */
interface Remote {
  /** Tells versions of the file apart; null if nothing does. */
  identity: string | null;
  sha256: string | null;
  size: number | null;
  response: Response;
}

const MAX_REDIRECTS = 8;

/**
 * Downloads `url` to the file `path`, whose folder is made. Bytes gather in `path.part`; if such a
 * file is there from last time and the server still has the same version, the download goes on
 * after it. Size and, if known, hash are checked before the file gets its name.
 *
 * @throws {NoSuchFileError} if the server answers that there is none.
 * @throws {DataError} if the download fails, or what came has another size or hash; in the latter
 * case it has been removed.
 */
export async function download(
  url: string | URL,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const address = new URL(url);
  const name = address.origin + address.pathname;
  const part = `${path}.part`;
  // The version that the part belongs to.
  const tag = `${part}.tag`;
  await makeFolder(path.replace(/\/[^/]*$/, ""));
  let start = await partSize(part);
  const known = start > 0 ? await Deno.readTextFile(tag).catch(() => null) : null;
  if (known === null) start = 0;
  let remote = await request(address, name, start, options);
  const resumes = remote.response.status === 206 && remote.identity === known &&
    remote.response.headers.get("content-range")?.startsWith(`bytes ${start}-`);
  if (start > 0 && !resumes) {
    start = 0;
    if (remote.response.status !== 200) {
      await remote.response.body?.cancel();
      remote = await request(address, name, 0, options);
    }
  }
  // Here and not above: a page that imports this file has no such module.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  if (start > 0) await hashFile(part, hash);
  else if (remote.identity !== null) {
    await whileWriting(tag, Deno.writeTextFile(tag, remote.identity));
  } else await remove(tag);
  const total = remote.size;
  const size = await append(part, name, remote.response, start, hash, total, options);
  if (total !== null && size < total) {
    throw new DataError(
      `The download of ${name} stopped after ${size} of ${total} bytes. Try again: it goes on ` +
        `from there.`,
    );
  }
  const sha256 = options.sha256 ?? remote.sha256;
  const found = hash.digest("hex");
  const problem = total !== null && size > total
    ? `${size} bytes, but the server promised ${total}`
    : sha256 !== null && found !== sha256.toLowerCase()
    ? `the SHA-256 ${found}, expected ${sha256}`
    : null;
  if (problem !== null) {
    await remove(part);
    await remove(tag);
    throw new DataError(
      `The download of ${name} is damaged: it has ${problem}. It was removed; try again.`,
    );
  }
  await whileWriting(path, Deno.rename(part, path));
  await remove(tag);
}

/** A GET from byte `start` on, through redirects. */
async function request(
  address: URL,
  name: string,
  start: number,
  { token, signal }: DownloadOptions,
): Promise<Remote> {
  let url = address;
  let identity: string | null = null;
  let size: number | null = null;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    // Ranges count the bytes of the encoding sent, so ask for none.
    const headers = new Headers({ "accept-encoding": "identity" });
    if (start > 0) headers.set("range", `bytes=${start}-`);
    if (token !== undefined && url.origin === address.origin) {
      headers.set("authorization", `Bearer ${token}`);
    }
    let response: Response;
    try {
      response = await fetch(url, { headers, redirect: "manual", ...(signal && { signal }) });
    } catch (cause) {
      if (isPermissionDenied(cause) || signal?.aborted) throw cause;
      throw new DataError(`Cannot download ${name}: ${messageOf(cause)}`, { cause });
    }
    // The hub speaks of the file itself where it redirects to a store.
    identity ??= unquoted(response.headers.get("x-linked-etag"));
    size ??= numberOf(response.headers.get("x-linked-size"));
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = new URL(location, url);
      continue;
    }
    if (response.ok || (response.status === 416 && start > 0)) {
      identity ??= unquoted(response.headers.get("etag")) ??
        response.headers.get("last-modified");
      const range = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
      const length = response.status === 200 ? response.headers.get("content-length") : null;
      size ??= numberOf(range?.[1] ?? length);
      const sha256 = identity !== null && /^[0-9a-f]{64}$/i.test(identity) ? identity : null;
      return { identity, sha256, size, response };
    }
    await response.body?.cancel();
    const { status, statusText } = response;
    if (status === 404) {
      throw new NoSuchFileError(`There is no ${name} (HTTP 404); check the name.`);
    }
    throw new DataError(
      `Cannot download ${name}: the server answered HTTP ${status} ${statusText}`.trimEnd() +
        (status === 401 || status === 403 ? "; does it need a token (HF_TOKEN)?" : ""),
    );
  }
  throw new DataError(`Cannot download ${name}: it redirects more than ${MAX_REDIRECTS} times`);
}

/** Writes a response's body after the first `start` bytes of a file; returns the file's size. */
async function append(
  path: string,
  name: string,
  response: Response,
  start: number,
  hash: Hash,
  total: number | null,
  { onProgress, signal }: DownloadOptions,
): Promise<number> {
  using file = await whileWriting(path, Deno.open(path, { write: true, create: true }));
  await whileWriting(path, file.truncate(start));
  await file.seek(start, Deno.SeekMode.Start);
  let size = start;
  onProgress?.(size, total);
  const chunks = (response.body ?? new Blob([]).stream())[Symbol.asyncIterator]();
  while (true) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await chunks.next();
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new DataError(
        `The download of ${name} broke off after ${size} bytes (${messageOf(cause)}). Try again: ` +
          `it goes on from there.`,
        { cause },
      );
    }
    if (next.done) break;
    hash.update(next.value);
    for (let written = 0; written < next.value.length;) {
      written += await whileWriting(path, file.write(next.value.subarray(written)));
    }
    size += next.value.length;
    onProgress?.(size, total);
  }
  await whileWriting(path, file.sync());
  return size;
}

async function hashFile(path: string, hash: Hash): Promise<void> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let count; (count = await file.read(buffer)) !== null;) {
    hash.update(buffer.subarray(0, count));
  }
}

async function partSize(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** An ETag without the marks around it. */
function unquoted(etag: string | null): string | null {
  return etag === null ? null : etag.replace(/^(W\/)?"(.*)"$/, "$2");
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
