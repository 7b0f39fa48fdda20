/**
 * Work that is shared out to several processes.
 *
 * @module
 */

import { type Communicator, ONE_PROCESS } from "./communicator.ts";

/** How {@linkcode shareOut} shares. */
export interface ShareOutOptions<T> {
  /** The processes that share the work; this one alone unless given. */
  readonly ranks?: Communicator | undefined;
  /** Items for each rank that are begun before the first is waited for; 1 unless told. */
  readonly depth?: number;
  /** Whether an item must go to the rank of the one before; the next rank has it unless told. */
  readonly stays?: (item: T) => boolean;
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
  { ranks = ONE_PROCESS, depth = 1, stays = () => false }: ShareOutOptions<T> = {},
): AsyncGenerator<readonly [item: T, result: R]> {
  const { rank, numRanks } = ranks;
  const queue: { item: T; turn: number; own: Promise<R> | null }[] = [];
  const next = async () => {
    const { item, turn, own } = queue.shift()!;
    return [item, await ranks.share(await own as R, turn)] as const;
  };
  let turn = -1;
  for await (const item of items) {
    if (turn < 0 || !stays(item)) turn = (turn + 1) % numRanks;
    const own = turn === rank ? work(item) : null;
    // It is awaited when its turn comes; until then a failure is nobody's.
    own?.catch(() => {});
    queue.push({ item, turn, own });
    if (queue.length >= depth * numRanks) yield await next();
  }
  while (queue.length > 0) yield await next();
}
