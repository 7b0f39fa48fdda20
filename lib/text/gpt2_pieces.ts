/**
 * The pieces that GPT-2 splits a text into before byte-pair encoding: the matches of
 * `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, where `\s` is
 * Unicode's white space, as it is in Python and Rust: U+0085 is one, U+FEFF is none. They
 * are found by a scanner of bytes, which takes a tenth of the time of the regular expression.
 *
 * @module
 */

const OTHER = 0;
const LETTER = 1;
const NUMBER = 2;
const BLANK = 3;
/** A byte of a character that takes several: its kind depends on the others. */
const PART = 4;

const SPACE = " ".charCodeAt(0);
const APOSTROPHE = "'".charCodeAt(0);
/** What follows the apostrophe of a contraction. */
const CONTRACTIONS = ["s", "t", "m", "d", "re", "ve", "ll"].map((text) =>
  new TextEncoder().encode(text)
);

/** The kind of every byte. */
const KINDS_OF_BYTES = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte < 0x80 ? kindOf(byte) : PART,
);
/** The kind of every character of the Basic Multilingual Plane. */
const KINDS = Uint8Array.from({ length: 0x10000 }, (_, code) => kindOf(code));

function kindOf(code: number): number {
  const character = String.fromCodePoint(code);
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return NUMBER;
  return /\p{White_Space}/u.test(character) ? BLANK : OTHER;
}

/**
 * The end of the piece that begins at `start`.
 *
 * @param text A text's well-formed UTF-8, longer than `start`.
 */
export function pieceEnd(text: Uint8Array, start: number): number {
  const { length } = text;
  if (text[start] === APOSTROPHE) {
    const end = contractionEnd(text, start);
    if (end !== start) return end;
  }
  // One space belongs to the run that follows it.
  const first = text[start] === SPACE && start + 1 < length ? start + 1 : start;
  const kind = kindAt(text, first);
  if (kind !== BLANK) return runEnd(text, first, kind);
  const end = runEnd(text, start, BLANK);
  // Of several blanks the last one is left to what follows.
  const last = characterStart(text, end - 1);
  return end < length && last > start ? last : end;
}

/** The end of a contraction that begins at `start`, or `start` if none does. */
function contractionEnd(text: Uint8Array, start: number): number {
  const begun = CONTRACTIONS.find((rest) => rest.every((byte, i) => byte === text[start + 1 + i]));
  return begun === undefined ? start : start + 1 + begun.length;
}

/** The end of the run of characters of one kind that begins at `start`. */
function runEnd(text: Uint8Array, start: number, kind: number): number {
  let end = start;
  while (end < text.length) {
    const byte = text[end]!;
    const kindOfByte = KINDS_OF_BYTES[byte]!;
    if (kindOfByte === kind) end++;
    else if (kindOfByte === PART && kindAt(text, end) === kind) end += sizeOf(byte);
    else break;
  }
  return end;
}

function kindAt(text: Uint8Array, at: number): number {
  const kind = KINDS_OF_BYTES[text[at]!]!;
  if (kind !== PART) return kind;
  const code = codePointAt(text, at);
  return code < 0x10000 ? KINDS[code]! : kindOf(code);
}

/** The bytes that a character takes whose first is given. */
function sizeOf(byte: number): number {
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

function codePointAt(text: Uint8Array, at: number): number {
  const size = sizeOf(text[at]!);
  // The first byte tells the size by as many bits, and one more.
  let code = text[at]! & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) code = (code << 6) | (text[at + i]! & 0x3f);
  return code;
}

/** Where the character begins whose last byte is at `last`. */
function characterStart(text: Uint8Array, last: number): number {
  let at = last;
  while ((text[at]! & 0xc0) === 0x80) at--;
  return at;
}
