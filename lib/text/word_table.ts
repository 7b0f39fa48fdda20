/**
 * The token ids of words seen before: most of a text are a few thousand words.
 *
 * @module
 */

import { hashOfRun, isSameRun } from "./byte_runs.ts";
import type { TokenSink } from "./tokenizer.ts";
import type { Utf8Text } from "./utf8_buffer.ts";

/** Words that are remembered; all are forgotten when there are more. */
const MAX_WORDS = 1 << 17;
/** Longer words, in bytes, are not remembered. */
const MAX_LENGTH = 64;
/** Twice as many, so that hardly any word has to look further than its own slot. */
const NUM_SLOTS = 2 * MAX_WORDS;

/** What is known of a word lies together: its hash, and where its bytes and its ids end. */
const FIELDS = 4;
const BYTE_END = 1;
const ID_END = 2;

/** Gives the ids of the word from `start` to `end` of `text`. */
export type EncodeWord = (text: Utf8Text, start: number, end: number) => readonly number[];

/**
 * An encoder of words that remembers what it gave. Words are bytes of UTF-8 within a longer text,
 * and found without being copied: a table of strings takes four times as long.
 */
export class WordTable {
  readonly #encode: EncodeWord;
  /** Where a word is in `#words`, or 0: a hash table that looks on in the next slot. */
  readonly #slots = new Int32Array(NUM_SLOTS);
  /** The bytes and ids of a word begin where those of the word before end. */
  readonly #words = new Int32Array(FIELDS * (MAX_WORDS + 1));
  #size = 0;
  #bytes: Utf8Text = new DataView(new ArrayBuffer(1 << 16));
  #ids = new Uint32Array(1 << 16);

  /**
   * Begins with no words.
   *
   * @param encode The ids of a word.
   */
  constructor(encode: EncodeWord) {
    this.#encode = encode;
  }

  /** Adds the ids of the word from `start` to `end` of `text`, at least one byte, to `ids`. */
  encodeInto(text: Utf8Text, start: number, end: number, ids: TokenSink): void {
    if (end - start > MAX_LENGTH) {
      for (const id of this.#encode(text, start, end)) ids.push(id);
      return;
    }
    const hash = hashOfRun(text, start, end);
    const words = this.#words;
    let slot = hash & (NUM_SLOTS - 1);
    let word = this.#slots[slot]!;
    while (word !== 0 && !(words[word] === hash && this.#holds(word, text, start, end))) {
      slot = (slot + 1) & (NUM_SLOTS - 1);
      word = this.#slots[slot]!;
    }
    if (word === 0) word = this.#learn(hash, text, start, end);
    const idEnd = words[word + ID_END]!;
    for (let i = words[word - FIELDS + ID_END]!; i < idEnd; i++) ids.push(this.#ids[i]!);
  }

  /** Whether a word is the one from `start` to `end`. */
  #holds(word: number, text: Utf8Text, start: number, end: number): boolean {
    const byteStart = this.#words[word - FIELDS + BYTE_END]!;
    return this.#words[word + BYTE_END]! - byteStart === end - start &&
      isSameRun(text, start, end, this.#bytes, byteStart);
  }

  /** Adds a word and returns where it is. */
  #learn(hash: number, text: Utf8Text, start: number, end: number): number {
    const ids = this.#encode(text, start, end);
    if (this.#size === MAX_WORDS) {
      this.#slots.fill(0);
      this.#size = 0;
    }
    const words = this.#words;
    const at = FIELDS * ++this.#size;
    let slot = hash & (NUM_SLOTS - 1);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (NUM_SLOTS - 1);
    this.#slots[slot] = at;
    const byteStart = words[at - FIELDS + BYTE_END]!;
    const idStart = words[at - FIELDS + ID_END]!;
    words[at] = hash;
    words[at + BYTE_END] = byteStart + end - start;
    words[at + ID_END] = idStart + ids.length;
    if (words[at + BYTE_END]! > this.#bytes.byteLength) {
      this.#bytes = new DataView(this.#bytes.buffer.transfer(2 * this.#bytes.byteLength));
    }
    for (let i = start; i < end; i++) {
      this.#bytes.setUint8(byteStart + i - start, text.getUint8(i));
    }
    if (words[at + ID_END]! > this.#ids.length) {
      this.#ids = new Uint32Array(this.#ids.buffer.transfer(2 * this.#ids.byteLength));
    }
    this.#ids.set(ids, idStart);
    return at;
  }
}
