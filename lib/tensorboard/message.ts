/**
 * Messages of protocol buffers, as bytes: fields by their number.
 *
 * @module
 */

import { concat } from "../system/concat.ts";

/** How the value of a field is laid out. */
const [VARINT, DOUBLE, BYTES, FLOAT] = [0, 1, 2, 5];

/** A message that is written field by field. */
export class Message {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];

  /** A whole number from 0 up: an int64 or the number of a word. */
  integer(field: number, value: number): this {
    return this.#add(field, VARINT, varint(value));
  }

  /** A number in 64 bits. */
  double(field: number, value: number): this {
    return this.#add(field, DOUBLE, new Uint8Array(Float64Array.of(value).buffer));
  }

  /** A number in 32 bits. */
  float(field: number, value: number): this {
    return this.#add(field, FLOAT, new Uint8Array(Float32Array.of(value).buffer));
  }

  /** Text in UTF-8. */
  text(field: number, value: string): this {
    return this.#block(field, new TextEncoder().encode(value));
  }

  /** A message inside of this one. */
  message(field: number, value: Message): this {
    return this.#block(field, value.bytes);
  }

  /** The message so far. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return concat(this.#parts);
  }

  #block(field: number, bytes: Uint8Array<ArrayBuffer>): this {
    return this.#add(field, BYTES, concat([varint(bytes.length), bytes]));
  }

  #add(field: number, layout: number, bytes: Uint8Array<ArrayBuffer>): this {
    this.#parts.push(varint(8 * field + layout), bytes);
    return this;
  }
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.of(...bytes, value);
}
