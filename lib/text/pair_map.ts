/**
 * A map from pairs of whole numbers to whole numbers, many times as fast as one of strings.
 *
 * @module
 */

/** What {@linkcode PairMap.get} gives where there is nothing. */
export const ABSENT = -1;

/** Each entry takes four numbers: the pair, the value, and one that only aligns. */
const FIELDS = 4;

/** A hash table that looks on in the next slot; at most half of it is filled. */
export class PairMap {
  #entries: Int32Array;
  #mask: number;
  #size = 0;

  /** Makes an empty map. */
  constructor() {
    this.#entries = emptyEntries(1 << 10);
    this.#mask = (1 << 10) - 1;
  }

  /** The number of pairs. */
  get size(): number {
    return this.#size;
  }

  /** The value of a pair, or {@linkcode ABSENT}. */
  get(left: number, right: number): number {
    return this.#entries[this.#find(left, right) + 2]!;
  }

  /** Sets the value of a pair. All three are whole numbers from 0 to 2^31 − 1. */
  set(left: number, right: number, value: number): void {
    let at = this.#find(left, right);
    if (this.#entries[at] === ABSENT) {
      if (2 * ++this.#size > this.#mask) {
        this.#grow();
        at = this.#find(left, right);
      }
      this.#entries[at] = left;
      this.#entries[at + 1] = right;
    }
    this.#entries[at + 2] = value;
  }

  /** Where a pair is, or would be. */
  #find(left: number, right: number): number {
    const entries = this.#entries;
    let hash = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & this.#mask;; slot = (slot + 1) & this.#mask) {
      const at = FIELDS * slot;
      const found = entries[at]!;
      if (found === ABSENT || (found === left && entries[at + 1] === right)) return at;
    }
  }

  #grow(): void {
    const old = this.#entries;
    this.#entries = emptyEntries(2 * (this.#mask + 1));
    this.#mask = 2 * this.#mask + 1;
    for (let i = 0; i < old.length; i += FIELDS) {
      if (old[i] !== ABSENT) {
        this.#entries.set(old.subarray(i, i + 3), this.#find(old[i]!, old[i + 1]!));
      }
    }
  }
}

function emptyEntries(slots: number): Int32Array {
  return new Int32Array(FIELDS * slots).fill(ABSENT);
}
