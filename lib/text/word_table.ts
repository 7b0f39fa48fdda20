/**
 * The token ids of words seen before: most of a text are a few thousand words.
 *
 * @module
 */

/** Words that are remembered; all are forgotten when there are more. */
const MAX_WORDS = 1 << 17;
/** Longer words, in bytes, are not remembered. */
const MAX_LENGTH = 64;
/** Twice as many, so that hardly any word has to look further than its own slot. */
const NUM_SLOTS = 2 * MAX_WORDS;
/** The multiplier of FNV-1a. */
const PRIME = 0x01000193;

/**
 * An encoder of words that remembers what it gave. Words are bytes of UTF-8 within a longer text,
 * and found without being copied: a table of strings takes four times as long.
 */
export class WordTable {
  readonly #encode: (word: Uint8Array) => readonly number[];
  /** The number of a word, or 0: a hash table that looks on in the next slot. */
  readonly #slots = new Int32Array(NUM_SLOTS);
  readonly #hashes = new Int32Array(MAX_WORDS + 1);
  /** Where a word's bytes and ids end; they begin where those of the word before end. */
  readonly #byteEnds = new Int32Array(MAX_WORDS + 1);
  readonly #idEnds = new Int32Array(MAX_WORDS + 1);
  #bytes = new Uint8Array(1 << 16);
  #ids = new Uint32Array(1 << 16);
  #size = 0;

  /**
   * Begins with no words.
   *
   * @param encode The ids of a word.
   */
  constructor(encode: (word: Uint8Array) => readonly number[]) {
    this.#encode = encode;
  }

  /** Appends the ids of the word from `start` to `end` of `text` to `ids`. */
  append(ids: number[], text: Uint8Array, start: number, end: number): void {
    if (end - start > MAX_LENGTH) {
      for (const id of this.#encode(text.subarray(start, end))) ids.push(id);
      return;
    }
    let hash = 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text[i]!, PRIME);
    hash ^= hash >>> 15;
    let slot = hash & (NUM_SLOTS - 1);
    let word = this.#slots[slot]!;
    while (word !== 0 && !this.#is(word, hash, text, start, end)) {
      slot = (slot + 1) & (NUM_SLOTS - 1);
      word = this.#slots[slot]!;
    }
    if (word === 0) word = this.#learn(hash, text.subarray(start, end));
    const idEnd = this.#idEnds[word]!;
    for (let i = this.#idEnds[word - 1]!; i < idEnd; i++) ids.push(this.#ids[i]!);
  }

  #is(word: number, hash: number, text: Uint8Array, start: number, end: number): boolean {
    if (this.#hashes[word] !== hash) return false;
    const from = this.#byteEnds[word - 1]!;
    if (this.#byteEnds[word]! - from !== end - start) return false;
    const bytes = this.#bytes;
    for (let i = start, j = from; i < end; i++, j++) if (text[i] !== bytes[j]) return false;
    return true;
  }

  /** Adds a word and returns its number. */
  #learn(hash: number, bytes: Uint8Array): number {
    const ids = this.#encode(bytes);
    if (this.#size === MAX_WORDS) {
      this.#slots.fill(0);
      this.#size = 0;
    }
    const word = ++this.#size;
    let slot = hash & (NUM_SLOTS - 1);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (NUM_SLOTS - 1);
    this.#slots[slot] = word;
    this.#hashes[word] = hash;
    const byteStart = this.#byteEnds[word - 1]!;
    const idStart = this.#idEnds[word - 1]!;
    this.#bytes = grown(this.#bytes, byteStart, bytes.length);
    this.#ids = grown(this.#ids, idStart, ids.length);
    this.#bytes.set(bytes, byteStart);
    this.#ids.set(ids, idStart);
    this.#byteEnds[word] = byteStart + bytes.length;
    this.#idEnds[word] = idStart + ids.length;
    return word;
  }
}

/** The array, or a larger one, with room for `extra` elements after the first `used`. */
function grown<A extends Uint8Array | Uint32Array>(array: A, used: number, extra: number): A {
  if (used + extra <= array.length) return array;
  const Typed = array.constructor as new (length: number) => A;
  const larger = new Typed(2 * (used + extra));
  larger.set(array.subarray(0, used));
  return larger;
}
