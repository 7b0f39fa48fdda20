/**
 * Work on many files, a few of which are open at the same time.
 *
 * @module
 */

/** Files that are worked on at the same time. */
const FILES_AT_ONCE = 4;

/** Maps items in their order, a few at the same time. */
export async function mapFew<A, B>(
  items: readonly A[],
  map: (item: A) => B | Promise<B>,
): Promise<B[]> {
  const results: B[] = [];
  for (let i = 0; i < items.length; i += FILES_AT_ONCE) {
    results.push(...await Promise.all(items.slice(i, i + FILES_AT_ONCE).map(map)));
  }
  return results;
}
