/**
 * How often each piece of text occurs.
 *
 * @module
 */

import { hashOfRun, isSameRun } from "./byte_runs.ts";
import { pieceEnd } from "./gpt2_pieces.ts";
import { Utf8Buffer, type Utf8Text } from "./utf8_buffer.ts";

/** Longer pieces, in bytes, are not counted: they are no words. */
const MAX_LENGTH = 256;
const FIRST_SLOTS = 1 << 12;

/** Counted pieces, which threads can hand to each other. */
export interface CountedPieces {
  /** The bytes of all pieces, one after another. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each piece ends in `bytes`. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** How often each occurs. */
  readonly counts: Float64Array<ArrayBuffer>;
}

/**
 * Counts pieces, which are runs of bytes, in the order in which they were first seen. A string for
 * each piece of a text would take four times as long.
 */
export class PieceCounts {
  /** One more than the number of a piece, or 0: a hash table that looks on in the next slot. */
  #slots = new Int32Array(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS >> 1);
  /** Where pieces end; that of number i begins where number i − 1 ends. */
  #ends = new Uint32Array(FIRST_SLOTS >> 1);
  #counts = new Float64Array(FIRST_SLOTS >> 1);
  #bytes: Utf8Text = new DataView(new ArrayBuffer(1 << 15));
  #size = 0;
  readonly #utf8 = new Utf8Buffer();

  /** The number of different pieces. */
  get size(): number {
    return this.#size;
  }

  /** Counts the pieces that GPT-2's pattern cuts a text into, but those of more than 256 bytes. */
  addText(text: string): void {
    const bytes = this.#utf8.encode(text);
    for (let start = 0; start < bytes.byteLength;) {
      const end = pieceEnd(bytes, start);
      if (end - start <= MAX_LENGTH) this.#add(bytes, start, end, 1);
      start = end;
    }
  }

  /** Adds what was counted elsewhere. */
  addCounted({ bytes, ends, counts }: CountedPieces): void {
    const text = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    ends.forEach((end, i) => {
      this.#add(text, start, end, counts[i]!);
      start = end;
    });
  }

  /** What was counted so far, copied. */
  counted(): CountedPieces {
    const size = this.#size;
    return {
      bytes: new Uint8Array(this.#bytes.buffer, 0, size === 0 ? 0 : this.#ends[size - 1]!).slice(),
      ends: this.#ends.slice(0, size),
      counts: this.#counts.slice(0, size),
    };
  }

  /** Forgets everything. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  /** Forgets the pieces that occurred less often than so many times. */
  prune(least: number): void {
    const { bytes, ends, counts } = this.counted();
    this.clear();
    const text = new DataView(bytes.buffer);
    let start = 0;
    ends.forEach((end, i) => {
      if (counts[i]! >= least) this.#add(text, start, end, counts[i]!);
      start = end;
    });
  }

  #add(text: Utf8Text, start: number, end: number, count: number): void {
    const hash = hashOfRun(text, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let piece = this.#slots[slot]!; piece !== 0; piece = this.#slots[slot]!) {
      const index = piece - 1;
      if (this.#hashes[index] === hash && this.#isPiece(index, text, start, end)) {
        this.#counts[index]! += count;
        return;
      }
      slot = (slot + 1) & mask;
    }
    const index = this.#size++;
    this.#hashes[index] = hash;
    this.#counts[index] = count;
    this.#ends[index] = this.#copy(this.#startOf(index), text, start, end);
    this.#slots[slot] = this.#size;
    if (this.#size === this.#hashes.length) this.#grow();
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }

  #isPiece(index: number, text: Utf8Text, start: number, end: number): boolean {
    const own = this.#startOf(index);
    return this.#ends[index]! - own === end - start &&
      isSameRun(text, start, end, this.#bytes, own);
  }

  /** Adds bytes at `at`, and returns where they end. */
  #copy(at: number, text: Utf8Text, start: number, end: number): number {
    const newEnd = at + end - start;
    if (newEnd > this.#bytes.byteLength) {
      this.#bytes = new DataView(this.#bytes.buffer.transfer(2 * this.#bytes.byteLength));
    }
    for (let i = start; i < end; i++) this.#bytes.setUint8(at + i - start, text.getUint8(i));
    return newEnd;
  }

  /** Makes room for twice as many pieces, which fill half of the slots at most. */
  #grow(): void {
    const room = 2 * this.#hashes.length;
    this.#hashes = new Int32Array(this.#hashes.buffer.transfer(4 * room));
    this.#ends = new Uint32Array(this.#ends.buffer.transfer(4 * room));
    this.#counts = new Float64Array(this.#counts.buffer.transfer(8 * room));
    this.#slots = new Int32Array(2 * room);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = this.#hashes[index]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }
}
