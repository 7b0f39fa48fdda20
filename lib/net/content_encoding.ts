/**
 * Answers that a server has compressed for their way, as it keeps them or although nobody asked.
 *
 * @module
 */

import { Refusal } from "./follow.ts";

/** Encodings by the names that `DecompressionStream` gives them. */
const FORMATS: Readonly<Record<string, string>> = {
  "gzip": "gzip",
  "x-gzip": "gzip",
  "deflate": "deflate",
  "br": "brotli",
};

/** Names of files that are compressed themselves; some servers say so by an encoding. */
const OWN_COMPRESSION: Readonly<Record<string, RegExp>> = {
  gzip: /\.(gz|gzip|tgz)$/i,
  brotli: /\.br$/i,
  zstd: /\.zstd?$/i,
};

/**
 * How the body of an answer is to be decoded to give the file, the first step first; nothing for
 * most.
 */
export function encodingsOf(url: URL, headers: Headers): readonly string[] {
  if (platformDecodes()) return [];
  const encodings = (headers.get("content-encoding") ?? "").toLowerCase().split(",")
    .map((name) => name.trim())
    // What S3 keeps of an upload says nothing of the bytes.
    .filter((name) => !["", "identity", "aws-chunked"].includes(name))
    .map((name) => FORMATS[name] ?? name);
  const own = encodings[0] === undefined ? undefined : OWN_COMPRESSION[encodings[0]];
  return (own?.test(url.pathname) ? encodings.slice(1) : encodings).reverse();
}

/** Whether encodings are not left to the program, as in browsers, which decode what comes. */
export function platformDecodes(): boolean {
  const headers = { "accept-encoding": "identity" };
  return !new Request("http://localhost/", { headers }).headers.has("accept-encoding");
}

/**
 * Undoes encodings.
 *
 * @throws {Refusal} if one is unknown, or the bytes are not of it.
 */
export async function* decodeBody(
  body: AsyncIterable<Uint8Array<ArrayBuffer>>,
  encodings: readonly string[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let failure: unknown;
  // An error of the body itself would come out of the decoder in other words.
  async function* noted() {
    try {
      yield* body;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  let stream: ReadableStream<Uint8Array<ArrayBuffer>> = ReadableStream.from(noted());
  for (const encoding of encodings) stream = stream.pipeThrough(decoder(encoding));
  try {
    yield* stream;
  } catch (cause) {
    if (failure !== undefined) throw failure;
    const list = encodings.join(", ");
    throw new Refusal(`the server says that it sends it as ${list}, but the bytes are not`, {
      cause,
    });
  }
}

function decoder(encoding: string): DecompressionStream {
  try {
    return new DecompressionStream(encoding as CompressionFormat);
  } catch (cause) {
    throw new Refusal(
      `the server sends it encoded as ${encoding}, which is not read here; have it send the file ` +
        `as it is`,
      { cause },
    );
  }
}
