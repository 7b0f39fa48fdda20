/**
 * Patterns of paths as READMEs on the hub have them. Anybody may have written them: they are
 * matched in a time that grows with their length times that of the path, which regular expressions
 * do not promise.
 *
 * @module
 */

/** Whether a path is meant. */
export type PathPattern = (path: string) => boolean;

/** A part of a pattern: a character of some kind, or any number of them. */
type Part = { readonly one: (character: string) => boolean } | { readonly any: Wildcard };

/** Within a folder, through folders, and through whole folders or none. */
type Wildcard = "*" | "**" | "**/";

/**
 * Reads a pattern: `*` and `?` stay within a folder, `**` does not, and with a slash after it also
 * stands for no folder at all; `[a-z]` and `[!a-z]` are one character. Anything else is itself.
 */
export function pathPattern(pattern: string): PathPattern {
  const words = pattern.match(/\*\*\/?|\*|\?|\[!?[^\]]+\]|[^]/gu) ?? [];
  const parts = words.flatMap(partsOf);
  return (path) => {
    const characters = [...path];
    // Where the rest of the path may begin, after each part.
    let starts = [0];
    for (const part of parts) {
      starts = "one" in part
        ? starts.filter((at) => at < characters.length && part.one(characters[at]!))
          .map((at) => at + 1)
        : afterAny(part.any, characters, starts);
    }
    return starts.includes(characters.length);
  };
}

/** Where a wildcard may end; starts and ends rise. */
function afterAny(any: Wildcard, characters: readonly string[], starts: readonly number[]) {
  const ends: number[] = [];
  const sources = new Set(starts);
  let isOpen = false;
  for (let at = 0; at <= characters.length; at++) {
    const last = characters[at - 1];
    if (any === "*" && last === "/") isOpen = false;
    isOpen ||= sources.has(at);
    if (isOpen && (any !== "**/" || sources.has(at) || last === "/")) ends.push(at);
  }
  return ends;
}

function partsOf(word: string): Part[] {
  if (word === "*" || word === "**" || word === "**/") return [{ any: word }];
  if (word === "?") return [{ one: (character) => character !== "/" }];
  const found = word.length > 1 ? characterClass(word) : null;
  if (found !== null) return [{ one: (character) => found.test(character) }];
  return [...word].map((each) => ({ one: (character) => character === each }));
}

/** A class of characters; null if it is none. */
function characterClass(word: string): RegExp | null {
  const [, not, inside] = /^\[(!?)([^]*)\]$/.exec(word) ?? [];
  if (inside === undefined) return null;
  const escaped = inside.replace(/[\\[\]^]/g, "\\$&");
  try {
    return new RegExp(not === "" ? `[${escaped}]` : `[^/${escaped}]`, "u");
  } catch {
    return null;
  }
}
