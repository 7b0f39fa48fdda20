/**
 * Texts as bytes of UTF-8, in a buffer that is used again.
 *
 * @module
 */

/** Bytes that are kept from text to text; a longer text gets a buffer of its own. */
const KEPT = 1 << 16;
/** The most bytes that a UTF-16 unit can take. */
const BYTES_PER_UNIT = 3;

/** Turns texts into bytes without allocating for each. */
export class Utf8Buffer {
  readonly #kept = new Uint8Array(KEPT);
  readonly #encoder = new TextEncoder();

  /**
   * The bytes of a text, with U+FFFD for lone halves of surrogate pairs. They hold until the next
   * call.
   */
  encode(text: string): Uint8Array<ArrayBuffer> {
    if (BYTES_PER_UNIT * text.length > KEPT) return this.#encoder.encode(text);
    return this.#kept.subarray(0, this.#encoder.encodeInto(text, this.#kept).written);
  }
}
