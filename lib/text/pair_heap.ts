/**
 * The order in which pairs are merged.
 *
 * @module
 */

/** Pairs by rank, then by place: a binary heap of both in one number. */
export class PairHeap {
  readonly #keys: number[] = [];

  /** The number of pairs. */
  get size(): number {
    return this.#keys.length;
  }

  /** Adds a pair; rank and place are below 2^21 and 2^32. */
  push(rank: number, place: number): void {
    const keys = this.#keys;
    const key = rank * 2 ** 32 + place;
    let at = keys.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  /** Takes the first pair out; there must be one. */
  pop(): { rank: number; place: number } {
    const keys = this.#keys;
    const top = keys[0]!;
    const last = keys.pop()!;
    if (keys.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child + 1 < keys.length && keys[child + 1]! < keys[child]!) child++;
        if (child >= keys.length || keys[child]! >= last) break;
        keys[at] = keys[child]!;
        at = child;
      }
      keys[at] = last;
    }
    const rank = Math.floor(top / 2 ** 32);
    return { rank, place: top - rank * 2 ** 32 };
  }
}
