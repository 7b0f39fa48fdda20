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
  readonly #bytes: Uint8Array;
  /** Where the bytes of a token begin; those of the next one begin where they end. */
  readonly #starts: Int32Array;
  readonly #hashes: Int32Array;
  /** The base to the power of a token's length. */
  readonly #powers: Int32Array;
  /** One more than a token's id, or 0: a hash table that looks on in the next slot. */
  readonly #slots: Int32Array;

  /** Takes the bytes of every token, by its id. */
  constructor(tokens: readonly Uint8Array[]) {
    this.#starts = new Int32Array(tokens.length + 1);
    tokens.forEach(({ length }, id) => this.#starts[id + 1] = this.#starts[id]! + length);
    this.#bytes = new Uint8Array(this.#starts[tokens.length]!);
    this.#hashes = new Int32Array(tokens.length);
    this.#powers = new Int32Array(tokens.length);
    this.#slots = new Int32Array(2 ** (1 + Math.ceil(Math.log2(tokens.length))));
    tokens.forEach((token, id) => {
      this.#bytes.set(token, this.#starts[id]);
      let [hash, power] = [0, 1];
      for (const byte of token) {
        hash = (Math.imul(hash, BASE) + byte + 1) | 0;
        power = Math.imul(power, BASE);
      }
      this.#hashes[id] = hash;
      this.#powers[id] = power;
      let slot = this.#firstSlot(hash);
      while (this.#slots[slot] !== 0) slot = this.#slotAfter(slot);
      this.#slots[slot] = id + 1;
    });
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
