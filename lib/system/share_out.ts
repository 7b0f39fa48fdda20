/**
 * Work that is shared out to several processes.
 *
 * @module
 */

import { type Communicator, ONE_PROCESS } from "./communicator.ts";

/** How {@linkcode shareOut} shares. */
export interface ShareOutOptions {
  /** The processes that share the work; this one alone unless given. */
  readonly ranks?: Communicator | undefined;
  /** Items that a rank begins before the first of them is waited for; 1 unless told. */
  readonly depth?: number;
}

/**
 * Has each item done by one of the ranks, in turn, and gives what came of all of them, in the order
 * of the items, on every rank. All ranks must have the same items.
 *
 * @param work Does an item; its result must be one that can be cloned.
 * @throws Whatever the work throws, on the rank whose turn it was.
 */
export async function* shareOut<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  { ranks = ONE_PROCESS, depth = 1 }: ShareOutOptions = {},
): AsyncGenerator<readonly [item: T, result: R]> {
  const { rank, numRanks } = ranks;
  const queue: { item: T; own: Promise<R> | null }[] = [];
  /** Takes the oldest items, one of each rank at most. */
  async function* round(): AsyncGenerator<readonly [T, R]> {
    const taken = queue.splice(0, numRanks);
    const own = await taken[rank]?.own ?? null;
    const results = await ranks.gather(own);
    for (const [i, { item }] of taken.entries()) yield [item, results[i]!];
  }
  let turn = 0;
  for await (const item of items) {
    const own = turn === rank ? work(item) : null;
    // It is awaited when its turn comes; until then a failure is nobody's.
    own?.catch(() => {});
    queue.push({ item, own });
    turn = (turn + 1) % numRanks;
    if (queue.length >= depth * numRanks) yield* round();
  }
  while (queue.length > 0) yield* round();
}
