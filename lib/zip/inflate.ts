/**
 * Decompression of deflate with a bound on what comes out.
 *
 * @module
 */

/** Bytes that one byte of deflate can stand for, rounded up. */
const MAX_RATIO = 1033;
/**
 * Compressed bytes that are decoded at a time: some engines give all that comes of them at once.
 */
const PIECE = 1 << 14;

/**
 * Decompresses deflate without a header.
 *
 * @param size The bytes that should come out.
 * @throws {Error} if others come out, or no deflate went in.
 */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (size > bytes.length * MAX_RATIO) {
    throw new Error(`${bytes.length} compressed bytes cannot be ${size}`);
  }
  const target = new Uint8Array(size);
  let given = 0;
  const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (given === bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(given, given += Math.min(PIECE, bytes.length - given)));
    },
  });
  const reader = pieces.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  let filled = 0;
  try {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) break;
      if (filled + value.length > size) throw new Error(`more than ${size} bytes come out`);
      target.set(value, filled);
      filled += value.length;
    }
  } finally {
    // What failed already has said so.
    await reader.cancel().catch(() => {});
  }
  if (filled < size) throw new Error(`${filled} bytes come out instead of ${size}`);
  return target;
}
