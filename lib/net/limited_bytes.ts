/**
 * A bound on bytes that come from elsewhere.
 *
 * @module
 */

/**
 * The chunks of a body, up to a bound: what `LimitedBytesTransformStream` of `@std/streams` does,
 * with an error that says what was read.
 *
 * @param maxBytes Bytes of all chunks together at most.
 * @param excess Makes the error of more, which is thrown in the place of the chunk that is too
 * many; it is given the bytes so far.
 */
export async function* limitedBytes<Chunk extends Uint8Array>(
  chunks: AsyncIterable<Chunk>,
  maxBytes: number,
  excess: (size: number) => Error,
): AsyncGenerator<Chunk> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maxBytes) throw excess(size);
    yield chunk;
  }
}
