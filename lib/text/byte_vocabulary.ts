/**
 * Tokens that are bytes, found by the two tokens of which they are made.
 *
 * @module
 */

/** Stands where there is no token. */
export const NO_TOKEN = -1;

/** The base of the tokens' hashes, which are polynomials of their bytes modulo 2^32. */
const BASE = 0x01000193;

/** A vocabulary in which the join of two tokens takes no string and no copy to look up. */
export class ByteVocabulary {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Where the bytes of a token begin; those of the next one begin where they end. */
  readonly #starts: Int32Array;
  readonly #hashes: Int32Array;
  /** The base to the power of a token's length. */
  readonly #powers: Int32Array;
  /** One more than a token's id, or 0: a hash table that looks on in the next slot. */
  readonly #slots: Int32Array;

  /** Takes the bytes of every token, in the order of the ids. */
  constructor(tokens: Iterable<Uint8Array>) {
    const starts = [0];
    const hashes: number[] = [];
    const powers: number[] = [];
    let pool = new Uint8Array(1 << 16);
    for (const token of tokens) {
      const start = starts.at(-1)!;
      const end = start + token.length;
      if (end > pool.length) pool = new Uint8Array(pool.buffer.transfer(2 * end));
      pool.set(token, start);
      let [hash, power] = [0, 1];
      for (const byte of token) {
        hash = (Math.imul(hash, BASE) + byte + 1) | 0;
        power = Math.imul(power, BASE);
      }
      starts.push(end);
      hashes.push(hash);
      powers.push(power);
    }
    this.#bytes = pool.slice(0, starts.at(-1));
    this.#starts = Int32Array.from(starts);
    this.#hashes = Int32Array.from(hashes);
    this.#powers = Int32Array.from(powers);
    this.#slots = new Int32Array(2 ** (1 + Math.ceil(Math.log2(hashes.length))));
    hashes.forEach((hash, id) => {
      let slot = this.#firstSlot(hash);
      while (this.#slots[slot] !== 0) slot = this.#slotAfter(slot);
      this.#slots[slot] = id + 1;
    });
  }

  /** The number of tokens. */
  get size(): number {
    return this.#hashes.length;
  }

  /** The bytes of a token. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#starts[id], this.#starts[id + 1]);
  }

  /** The token whose bytes are those of two tokens, one after the other, or `NO_TOKEN`. */
  join(left: number, right: number): number {
    const hash = (Math.imul(this.#hashes[left]!, this.#powers[right]!) + this.#hashes[right]!) | 0;
    let slot = this.#firstSlot(hash);
    for (;;) {
      const id = this.#slots[slot]! - 1;
      if (id === NO_TOKEN || (this.#hashes[id] === hash && this.#isJoin(id, left, right))) {
        return id;
      }
      slot = this.#slotAfter(slot);
    }
  }

  #isJoin(id: number, left: number, right: number): boolean {
    const starts = this.#starts;
    const start = starts[id]!;
    const middle = start + starts[left + 1]! - starts[left]!;
    const end = middle + starts[right + 1]! - starts[right]!;
    return end === starts[id + 1] && this.#are(start, middle, left) &&
      this.#are(middle, end, right);
  }

  /** Whether the bytes from `start` to `end` are those of a token of that length. */
  #are(start: number, end: number, token: number): boolean {
    const bytes = this.#bytes;
    let at = this.#starts[token]!;
    for (let i = start; i < end; i++, at++) if (bytes[i] !== bytes[at]) return false;
    return true;
  }

  #firstSlot(hash: number): number {
    return (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
  }

  #slotAfter(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }
}
