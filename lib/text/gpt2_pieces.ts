/**
 * The pieces that GPT-2 splits a text into before byte-pair encoding: the matches of
 * `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, where `\s` is
 * Unicode's white space, as it is in Python and Rust: U+0085 is one, U+FEFF is none. A scanner
 * over a table of characters takes a third of the time of the regular expression.
 *
 * @module
 */

const OTHER = 0;
const LETTER = 1;
const NUMBER = 2;
const BLANK = 3;

const SPACE = " ".charCodeAt(0);
const APOSTROPHE = "'".charCodeAt(0);
const CONTRACTION = /'(?:[stmd]|re|ve|ll)/y;

/** The kind of every UTF-16 unit; halves of pairs are of the kind `OTHER`. */
const KINDS = Uint8Array.from({ length: 0x10000 }, (_, code) => kindOf(String.fromCharCode(code)));

function kindOf(character: string): number {
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return NUMBER;
  return /\p{White_Space}/u.test(character) ? BLANK : OTHER;
}

/** Calls `take` with each piece of a text that is well-formed UTF-16. */
export function forEachPiece(text: string, take: (piece: string) => void): void {
  const { length } = text;
  for (let start = 0; start < length;) {
    let end = contractionEnd(text, start);
    if (end === start) {
      // One space belongs to the run that follows it.
      const first = text.charCodeAt(start) === SPACE && start + 1 < length ? start + 1 : start;
      const kind = kindAt(text, first);
      if (kind === BLANK) {
        end = runEnd(text, start, BLANK);
        // Of several blanks the last one is left to what follows.
        if (end < length && end - start > 1) end--;
      } else end = runEnd(text, first, kind);
    }
    take(text.slice(start, end));
    start = end;
  }
}

/** The end of a contraction that begins at `start`, or `start` if none does. */
function contractionEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== APOSTROPHE) return start;
  CONTRACTION.lastIndex = start;
  return CONTRACTION.test(text) ? CONTRACTION.lastIndex : start;
}

/** The end of the run of characters of one kind that begins at `start`. */
function runEnd(text: string, start: number, kind: number): number {
  let end = start;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code >= 0xd800 && code <= 0xdbff) {
      if (kindAt(text, end) !== kind) break;
      end += 2;
    } else if (KINDS[code] !== kind) break;
    else end++;
  }
  return end;
}

function kindAt(text: string, at: number): number {
  const code = text.codePointAt(at)!;
  return code < 0x10000 ? KINDS[code]! : kindOf(String.fromCodePoint(code));
}
