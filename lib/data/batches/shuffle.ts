/**
 * Shuffled orders of any length that take no memory: the element at any place
 * is computed from the seed alone.
 *
 * @module
 */
import { Philox, Stream } from "../../random/philox.ts";

/** Rounds that change each half; three already hide the order, four leave room. */
const ROUNDS = 4;

/**
 * A family of random permutations of 0..length−1, one for each epoch.
 *
 * The numbers are pairs (x, y) of Z_a × Z_b with a·b just above `length`, and a
 * permutation is a Feistel network over them: x ← x + F(y) mod a, then
 * y ← y + F(x) mod b, F being words of Philox. Whatever falls on the few pairs
 * past the end goes through it again until it falls inside ("cycle walking"),
 * which keeps the map one-to-one. Black and Rogaway, "Ciphers with arbitrary
 * finite domains" (2002).
 */
export class Shuffle {
  /** The number of elements. */
  readonly length: number;
  readonly #random: Philox;
  readonly #a: number;
  readonly #b: number;

  /**
   * Makes the family for a seed.
   *
   * @throws {RangeError} if the seed is not an integer of at least 0, or the length
   * not one of at least 1.
   */
  constructor(length: number, seed: number) {
    if (!Number.isSafeInteger(length) || length < 1) {
      throw new RangeError(`Cannot shuffle ${length} elements: expected an integer of at least 1`);
    }
    this.length = length;
    this.#random = new Philox(seed, Stream.Shuffle);
    this.#a = Math.ceil(Math.sqrt(length));
    this.#b = Math.ceil(length / this.#a);
  }

  /** The element at `place` of the order of `epoch`; both count from 0. */
  at(place: number, epoch: number): number {
    let index = place;
    do index = this.#permute(index, epoch); while (index >= this.length);
    return index;
  }

  #permute(index: number, epoch: number): number {
    const a = this.#a;
    const b = this.#b;
    let x = index % a;
    let y = Math.floor(index / a);
    for (let round = 0; round < ROUNDS; round++) {
      x = (x + this.#random.words(y, 2 * round, 0, epoch)[0]) % a;
      y = (y + this.#random.words(x, 2 * round + 1, 0, epoch)[0]) % b;
    }
    return y * a + x;
  }
}
