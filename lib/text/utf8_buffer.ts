/**
 * Texts as bytes of UTF-8, in a buffer that is used again.
 *
 * @module
 */

/** The bytes of a text in UTF-8: a view, so that several can be read at once. */
export type Utf8Text = DataView<ArrayBuffer>;

/** Bytes that are kept from text to text; a longer text gets a buffer of its own. */
const KEPT = 1 << 16;
/** The most bytes that a UTF-16 unit can take. */
const BYTES_PER_UNIT = 3;

const ENCODER = new TextEncoder();
/** Where texts are written whose size alone matters. */
const COUNTED = new Uint8Array(KEPT);

/** Turns texts into bytes without allocating for each. */
export class Utf8Buffer {
  readonly #kept = new Uint8Array(KEPT);

  /**
   * The bytes of a text, with U+FFFD for lone halves of surrogate pairs. They hold until the next
   * call.
   */
  encode(text: string): Utf8Text {
    if (BYTES_PER_UNIT * text.length > KEPT) return utf8Of(text);
    return new DataView(this.#kept.buffer, 0, ENCODER.encodeInto(text, this.#kept).written);
  }
}

/** The bytes of a text, in a buffer of its own. */
export function utf8Of(text: string): Utf8Text {
  const { buffer, byteOffset, byteLength } = ENCODER.encode(text);
  return new DataView(buffer, byteOffset, byteLength);
}

/** The size of a text in bytes of UTF-8: to write it and forget it is faster than a loop. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length;) {
    const { read, written } = ENCODER.encodeInto(at === 0 ? text : text.slice(at), COUNTED);
    at += read;
    bytes += written;
  }
  return bytes;
}
