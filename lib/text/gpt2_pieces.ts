/**
 * The pieces that GPT-2 splits a text into before byte-pair encoding: the matches of
 * `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, where `\s` is
 * Unicode's white space, as it is in Python and Rust: U+0085 is one, U+FEFF is none. They
 * are found by a scanner of bytes, which takes a tenth of the time of the regular expression.
 *
 * @module
 */

import type { Utf8Text } from "./utf8_buffer.ts";

const OTHER = 0;
const LETTER = 1;
const NUMBER = 2;
const BLANK = 3;
/** A byte of a character that takes several: its kind depends on the others. */
const PART = 4;

const SPACE = " ".charCodeAt(0);
const APOSTROPHE = "'".charCodeAt(0);
/** What follows the apostrophe of a contraction. */
const CONTRACTION = /^(?:[stmd]|re|ve|ll)/;

/** The kind of every byte. */
const KINDS_OF_BYTES = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte < 0x80 ? kindOf(byte) : PART,
);
/** One more than the kind of every character of the Basic Multilingual Plane that was seen. */
const SEEN = new Uint8Array(0x10000);

function kindOf(code: number): number {
  const character = String.fromCodePoint(code);
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return NUMBER;
  return /\p{White_Space}/u.test(character) ? BLANK : OTHER;
}

/**
 * The end of the piece that begins at `start`.
 *
 * @param text A well-formed text, longer than `start`.
 */
export function pieceEnd(text: Utf8Text, start: number): number {
  const length = text.byteLength;
  const byte = text.getUint8(start);
  if (byte === APOSTROPHE) {
    const end = contractionEnd(text, start);
    if (end !== start) return end;
  }
  // One space belongs to the run that follows it.
  const first = byte === SPACE && start + 1 < length ? start + 1 : start;
  const kind = KINDS_OF_BYTES[text.getUint8(first)]!;
  if (kind === BLANK || kind === PART) return rareEnd(text, start, first);
  let end = first + 1;
  while (end < length && KINDS_OF_BYTES[text.getUint8(end)] === kind) end++;
  return end < length && text.getUint8(end) >= 0x80 ? runEnd(text, end, kind) : end;
}

/**
 * How many bytes of a text must follow a piece until its end is certain: what comes later may go on
 * with it, complete a contraction, or take a blank from it.
 */
export const LOOKAHEAD = 8;

/**
 * The kind of the characters that a piece of more than one consists of, apart from a space that it
 * may begin with. It must be longer than any contraction.
 */
export function kindOfPiece(text: Utf8Text, start: number): number {
  return kindAt(text, text.getUint8(start) === SPACE ? start + 1 : start);
}

/**
 * The end of a piece of that kind, of which all before `at` is known to belong to it. If it is one
 * of blanks, the last one is left to what follows.
 */
export function endOfKind(text: Utf8Text, at: number, kind: number): number {
  const end = runEnd(text, at, kind);
  return kind === BLANK && end < text.byteLength && end > at ? characterStart(text, end - 1) : end;
}

/** The end of a piece of blanks, or of one that begins with a character that is not ASCII. */
function rareEnd(text: Utf8Text, start: number, first: number): number {
  const kind = kindAt(text, first);
  if (kind !== BLANK) return runEnd(text, first, kind);
  const end = runEnd(text, start, BLANK);
  // Of several blanks the last one is left to what follows.
  const last = characterStart(text, end - 1);
  return end < text.byteLength && last > start ? last : end;
}

/** The end of a contraction that begins at `start`, or `start` if none does. */
function contractionEnd(text: Utf8Text, start: number): number {
  let rest = "";
  for (let at = start + 1; at < text.byteLength && at <= start + 2; at++) {
    rest += String.fromCharCode(text.getUint8(at));
  }
  const found = CONTRACTION.exec(rest);
  return found === null ? start : start + 1 + found[0].length;
}

/** The end of the run of characters of one kind that begins at `start`. */
function runEnd(text: Utf8Text, start: number, kind: number): number {
  let end = start;
  while (end < text.byteLength && kindAt(text, end) === kind) end += sizeOf(text.getUint8(end));
  return end;
}

function kindAt(text: Utf8Text, at: number): number {
  const kind = KINDS_OF_BYTES[text.getUint8(at)]!;
  if (kind !== PART) return kind;
  const code = codePointAt(text, at);
  if (code >= SEEN.length) return kindOf(code);
  return (SEEN[code] ||= kindOf(code) + 1) - 1;
}

/** The bytes that a character takes whose first is given. */
function sizeOf(byte: number): number {
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

function codePointAt(text: Utf8Text, at: number): number {
  const size = sizeOf(text.getUint8(at));
  // The first byte tells the size by as many bits, and one more.
  let code = text.getUint8(at) & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) code = (code << 6) | (text.getUint8(at + i) & 0x3f);
  return code;
}

/** Where the character begins to which the byte at `byte` belongs. */
export function characterStart(text: Utf8Text, byte: number): number {
  let at = byte;
  while ((text.getUint8(at) & 0xc0) === 0x80) at--;
  return at;
}
