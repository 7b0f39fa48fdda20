/**
 * The bytes of a pickle, taken from front to back.
 *
 * @module
 */

/** An error of the pickle that is being read, with its name and the place. */
export type PickleFailure = (reason: string) => Error;

/** Bytes of the longest integer; Python's own limit for its decimal digits is lower. */
const MAX_INTEGER_BYTES = 1024;

const NEWLINE = 0x0a;

/** Takes numbers, texts and bytes, none of which reaches beyond the end. */
export class PickleInput {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fail: PickleFailure;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #at = 0;

  /** Reads bytes, which are not copied. */
  constructor(bytes: Uint8Array, fail: PickleFailure) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fail = fail;
  }

  /** The index of the next byte. */
  get at(): number {
    return this.#at;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** An unsigned byte. */
  uint8(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  /** Two bytes, little-endian, unsigned. */
  uint16(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }

  /** Four bytes, little-endian, signed. */
  int32(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }

  /** Four bytes, little-endian, unsigned. */
  uint32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  /** Eight bytes, little-endian, unsigned; no longer exact where no length is that large. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#pass(8), true));
  }

  /** A float64, big-endian as only this instruction has it. */
  float64(): number {
    return this.#view.getFloat64(this.#pass(8), false);
  }

  /** Bytes, as a view. */
  bytes(length: number): Uint8Array {
    const start = this.#pass(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A text in UTF-8; what is none in it becomes U+FFFD. */
  text(length: number): string {
    return this.#decoder.decode(this.bytes(length));
  }

  /** A text up to the end of its line, which is passed. */
  line(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.#at);
    if (end === -1) throw this.#fail("it ends within a name");
    const text = this.text(end - this.#at);
    this.#pass(1);
    return text;
  }

  /** An integer in two's complement, little-endian. */
  integer(length: number): number | bigint {
    if (!(length <= MAX_INTEGER_BYTES)) {
      throw this.#fail(
        `it has an integer of ${length} bytes; ${MAX_INTEGER_BYTES} at most are read`,
      );
    }
    if (length <= 0) {
      if (length < 0) throw this.#fail(`it has an integer of ${length} bytes`);
      return 0;
    }
    const digits = Array.from(this.bytes(length), (byte) => byte.toString(16).padStart(2, "0"));
    const value = BigInt.asIntN(length * 8, BigInt(`0x${digits.reverse().join("")}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #pass(length: number): number {
    if (!(length >= 0 && length <= this.left)) {
      throw this.#fail(
        `${length} bytes should follow, but it ends after ${this.left}; it is cut short`,
      );
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
