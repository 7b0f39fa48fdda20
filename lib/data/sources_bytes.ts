/**
 * The bytes of corpus files as a stream, from disk or from a web server.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { DataError, isPermissionDenied } from "../errors.ts";
import { isUrl } from "../io/location.ts";

/** Bytes in chunks of whatever size; nobody writes to a chunk that was handed on. */
export type ByteChunks = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Whether a location is on a web server. */
export function isWebAddress(location: string): boolean {
  return isUrl(location) && new URL(location).protocol !== "file:";
}

/**
 * The bytes of a path, a `file:` URL or an `http(s):` URL; every failure to read becomes a
 * DataError.
 *
 * @param key The configuration key that named it.
 * @throws {DataError} if there is no such file or it cannot be read.
 */
export async function* readBytes(location: string, key: string): ByteChunks {
  try {
    if (isWebAddress(location)) {
      yield* (await request(location, key)).body ?? [];
      return;
    }
    const file = await Deno.open(isUrl(location) ? new URL(location) : location);
    yield* file.readable;
  } catch (cause) {
    throw readError(location, key, cause);
  }
}

/**
 * What changes whenever the file does: SHA-256 of its bytes, so that an edited corpus is noticed
 * whatever its date; of an address, what the server says of it.
 *
 * @param key The configuration key that named it.
 * @throws {DataError} if there is no such file or it cannot be read.
 */
export async function identityOf(location: string, key: string): Promise<string> {
  if (isWebAddress(location)) return await identityOfAddress(location, key);
  const hash = createHash("sha256");
  for await (const bytes of readBytes(location, key)) hash.update(bytes);
  return `sha256:${hash.digest("hex")}`;
}

async function identityOfAddress(location: string, key: string): Promise<string> {
  const { origin, pathname } = new URL(location);
  try {
    const { headers, body } = await request(location, key);
    await body?.cancel();
    const version = headers.get("etag") ?? headers.get("last-modified") ?? "";
    return `${origin}${pathname} ${version} ${headers.get("content-length") ?? ""}`.trim();
  } catch (cause) {
    throw readError(location, key, cause);
  }
}

async function request(location: string, key: string): Promise<Response> {
  // A server must not compress what may be compressed already.
  const response = await fetch(location, { headers: { "accept-encoding": "identity" } });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new DataError(
    `Cannot read the corpus ${location}: the server answered HTTP ${response.status}. ` +
      `Check the address in ${key}.`,
  );
}

function readError(location: string, key: string, cause: unknown): unknown {
  // Programs say themselves which flag opens the network.
  if (cause instanceof DataError) return cause;
  if (isPermissionDenied(cause) && isWebAddress(location)) return cause;
  return new DataError(`Cannot read the corpus ${location}: ${reasonOf(cause, location, key)}`, {
    cause,
  });
}

function reasonOf(cause: unknown, path: string, key: string): string {
  if (cause instanceof Deno.errors.NotFound) return `there is no such file. Set ${key}.`;
  if (isPermissionDenied(cause)) {
    return `Deno was not allowed to. Run with --allow-read=${path}.`;
  }
  return `${cause instanceof Error ? cause.message : cause}.`;
}
