/**
 * The order in which byte pairs are learned.
 *
 * @module
 */

/** Pairs by count, the largest first, then by the ids of their tokens: a binary heap. */
export class MergeQueue {
  /** Count, pair, left and right of each entry; counts are whole numbers, the rest fits 32 bits. */
  readonly #entries: Entry[] = [];

  /** The number of entries. */
  get size(): number {
    return this.#entries.length;
  }

  /** Adds an entry. */
  push(entry: Entry): void {
    const entries = this.#entries;
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, entries[parent]!)) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  /** Takes the first entry; there must be one. */
  pop(): Entry {
    const entries = this.#entries;
    const first = entries[0]!;
    const last = entries.pop()!;
    if (entries.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child++;
      if (!isBefore(entries[child]!, last)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = last;
    return first;
  }
}

/** A pair that may be merged. */
export interface Entry {
  /** How often it occurred when it was pushed. */
  readonly count: number;
  /** Its number. */
  readonly pair: number;
  /** Its first token. */
  readonly left: number;
  /** Its second token. */
  readonly right: number;
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}
