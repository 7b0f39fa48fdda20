/**
 * Suggestions for mistyped names.
 *
 * @module
 */

/**
 * The candidate nearest to a mistyped name, or null when none is near. Case,
 * `-` and `_` do not count, so that `hidden_size` finds `hiddenSize`.
 */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  const wanted = plain(name);
  // One slip in three characters, one at least: more is another word.
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  let best: string | null = null;
  for (const candidate of candidates) {
    const known = plain(candidate);
    const most = Math.min(least, known.length);
    // No less than what one is longer than the other, which a name from a file may be by far.
    if (Math.abs(wanted.length - known.length) >= most) continue;
    const distance = editDistance(wanted, known);
    if (distance < most) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** What a message says of an unknown name: the nearest known one, or all of them. */
export function nearestOrAll(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === null ? `there is: ${known.join(", ")}` : `did you mean ${near}?`;
}

/**
 * The number of insertions, deletions, substitutions and swaps of neighbours
 * that turn `a` into `b` (optimal string alignment).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}

function plain(name: string): string {
  return name.replaceAll(/[-_]/g, "").toLowerCase();
}
