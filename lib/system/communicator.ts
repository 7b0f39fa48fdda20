/**
 * Processes that do one piece of work together, and what travels among them.
 *
 * @module
 */

/**
 * What a process knows of the others that a launcher started with it. Every one of them makes the
 * same calls in the same order.
 */
export interface Communicator {
  /** Which one this is, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly numRanks: number;
  /** The sum of a number of each rank, the same on each of them to the bit. */
  sum(value: number): number | Promise<number>;
  /**
   * What one rank has, on each of them: a value that can be cloned.
   *
   * @param from Whose it is; rank 0's unless told. That of the others is not looked at.
   */
  share<T>(value: T, from?: number): T | Promise<T>;
  /**
   * Checks that all ranks have the same facts, values of JSON by their names.
   *
   * @throws {FlmError} naming a rank that differs from rank 0, and in what.
   */
  compare(facts: Readonly<Record<string, unknown>>): void | Promise<void>;
}

/** A process that works alone. */
export const ONE_PROCESS: Communicator = {
  rank: 0,
  numRanks: 1,
  sum: (value) => value,
  share: (value) => value,
  compare: () => {},
};

/**
 * What rank 0 alone finds, a value that can be cloned, on all ranks.
 *
 * @throws Whatever finding it throws, on rank 0.
 */
export async function fromRankZero<T>(ranks: Communicator, find: () => Promise<T>): Promise<T> {
  return await ranks.share(ranks.rank === 0 ? await find() : null as T);
}

/** Does something on rank 0 first: what it leaves on disk is there for the others. */
export async function rankZeroFirst<T>(ranks: Communicator, work: () => Promise<T>): Promise<T> {
  if (ranks.rank > 0) await ranks.share(null);
  const result = await work();
  if (ranks.rank === 0) await ranks.share(null);
  return result;
}
