/**
 * Sequences of tokens in parts.
 *
 * @module
 */

/** The parts of a sequence before, between and after the ids that part it, empty ones included. */
export function idParts(
  ids: ArrayLike<number>,
  isBetween: (id: number) => boolean,
): readonly number[][] {
  let part: number[] = [];
  const parts = [part];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (isBetween(id)) parts.push(part = []);
    else part.push(id);
  }
  return parts;
}
