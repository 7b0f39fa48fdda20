/**
 * Philox 4×32-10, the counter-based random generator behind every draw.
 *
 * A draw is a pure function of a key and a counter, so it does not depend on
 * the order of the work, its chunks, micro-batches or ranks, and a resumed run
 * goes on with the same numbers. The GPU kernels compute the same function.
 *
 * The convention, here and in the kernels:
 *
 * - Key: [seed low, seed high XOR stream], the seed being a 64-bit integer and
 *   the stream the purpose of the draw ({@linkcode Stream}).
 * - Counter: [index >> 2, position, globalSampleIndex, step]; lane index & 3
 *   of the four outputs belongs to `index`. For noise, index is the vocabulary
 *   (or feature) index v, position that of the token in its sequence,
 *   globalSampleIndex that of the sequence in the global batch over all ranks
 *   and micro-steps, and step that of the optimizer or sampler. A draw that
 *   lacks one of them has 0 there, or what its own documentation says.
 * - Uniform in [0, 1): u = (x >>> 8)·2⁻²⁴, exact in float32.
 * - Normals by Box–Muller: u1 = ((x0 >>> 8) + 1)·2⁻²⁴ in (0, 1],
 *   r = sqrt(−2 ln u1), angle 2π·u2 with u2 = (x1 >>> 8)·2⁻²⁴. Lanes 0 and 1
 *   are r·cos and r·sin from (x0, x1), lanes 2 and 3 likewise from (x2, x3).
 *   The host evaluates this in float64, the kernels in float32.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (2011); constants and known answers of the Random123 library.
 *
 * @module
 */

/** The purposes of draws, each a stream of its own under one seed. */
export const Stream = {
  /** Gaussian noise that corrupts training data. */
  Noise: 1,
  /** Times of training samples. */
  Times: 2,
  /** Dropout masks. */
  Dropout: 3,
  /** Initial weights. */
  Init: 4,
  /** The order of the data. */
  Shuffle: 5,
  /** Starting noise and later draws of samplers. */
  Sampler: 6,
  /** Times and noise of evaluation. */
  Evaluation: 7,
} as const;

/** The purpose of a draw. */
export type Stream = number;

/** Four values, one for each lane. */
export type Lanes = [number, number, number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * The bare function: four 32-bit words from a counter of four and a key of two
 * (each taken modulo 2³²).
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): Lanes {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** A word as a uniform number in [0, 1), a multiple of 2⁻²⁴. */
export function uniformOf(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/** Two words as two independent standard normal numbers, at most 5.77 in size. */
export function normalsOf(word0: number, word1: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(((word0 >>> 8) + 1) * 2 ** -24));
  const angle = 2 * Math.PI * uniformOf(word1);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/**
 * A seed's two words, the low one first: the key before a stream enters it.
 *
 * @throws {RangeError} if the seed is not an integer from 0 to 2⁵³ − 1 (as a number) or 2⁶⁴ − 1
 * (as a bigint).
 */
export function seedWords(seed: number | bigint): [number, number] {
  if (typeof seed === "number" ? !Number.isSafeInteger(seed) || seed < 0 : seed >> 64n !== 0n) {
    throw new RangeError(`Cannot seed with ${seed}: expected an integer from 0 to 2^64 - 1`);
  }
  const wide = BigInt(seed);
  return [Number(wide & 0xffffffffn), Number(wide >> 32n)];
}

/**
 * One stream of draws under a seed. The arguments of its methods are the four
 * words of the counter, in order.
 *
 * @example
 * ```ts
 * const noise = new Philox(42, Stream.Noise);
 * const [n0, n1, n2, n3] = noise.normals(0, 5, 17, 1000); // v 0..3, position 5
 * ```
 */
export class Philox {
  /** The two words of the key, as kernels take them. */
  readonly key: readonly [number, number];

  /**
   * Sets the key.
   *
   * @throws {RangeError} if the seed is not an integer from 0 to 2⁵³ − 1 (as a
   * number) or 2⁶⁴ − 1 (as a bigint).
   */
  constructor(seed: number | bigint, stream: Stream) {
    const [low, high] = seedWords(seed);
    this.key = [low, (high ^ stream) >>> 0];
  }

  /** Four words of 32 bits. */
  words(block: number, position: number, sample: number, step: number): Lanes {
    return philox4x32([block, position, sample, step], this.key);
  }

  /** Four uniform numbers in [0, 1). */
  uniforms(block: number, position: number, sample: number, step: number): Lanes {
    const [x0, x1, x2, x3] = this.words(block, position, sample, step);
    return [uniformOf(x0), uniformOf(x1), uniformOf(x2), uniformOf(x3)];
  }

  /** Four standard normal numbers. */
  normals(block: number, position: number, sample: number, step: number): Lanes {
    const [x0, x1, x2, x3] = this.words(block, position, sample, step);
    return [...normalsOf(x0, x1), ...normalsOf(x2, x3)];
  }
}

/** The upper 32 bits of the product of two unsigned 32-bit integers, as int32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each of these sums stays below 2⁵³, and shifts are done by division.
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 0x10000);
  const carry = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) | 0;
}
