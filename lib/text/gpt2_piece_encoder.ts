/**
 * GPT-2's tokens of a text that arrives in pieces.
 *
 * @module
 */

import { type BytePairs, LONG_PIECE } from "./byte_pairs.ts";
import { characterStart, endOfKind, kindOfPiece, LOOKAHEAD, pieceEnd } from "./gpt2_pieces.ts";
import type { OpenPiece } from "./open_piece.ts";
import type { PieceEncoder } from "./tokenizer.ts";
import type { Utf8Text } from "./utf8_buffer.ts";

const ENCODER = new TextEncoder();
/** The most bytes that a UTF-16 unit can take. */
const BYTES_PER_UNIT = 3;

/**
 * Holds back what is not known to be a whole piece of GPT-2's pattern; of a piece that does not
 * end, the last tokens.
 */
export class Gpt2PieceEncoder implements PieceEncoder {
  readonly #pairs: BytePairs;
  /** What has no ids yet. */
  #held = new Uint8Array(0);
  /** The first half of a surrogate pair, whose other half is to come. */
  #half = "";
  /** The piece in which `#held` begins, if its beginning has ids. */
  #long: LongPiece | null = null;

  /** Makes an encoder of these byte pairs. */
  constructor(pairs: BytePairs) {
    this.#pairs = pairs;
  }

  /** Takes the next piece of the text and returns the ids that are certain by now. */
  push(piece: string): number[] {
    const text = this.#half + piece;
    const last = text.charCodeAt(text.length - 1);
    this.#half = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : "";
    return this.#encode(this.#half === "" ? text : text.slice(0, -1), false);
  }

  /** Ends the text: returns the other ids. */
  finish(): number[] {
    const ids = this.#encode(this.#half, true);
    this.#half = "";
    return ids;
  }

  #encode(text: string, ended: boolean): number[] {
    const bytes = this.#joined(text);
    const length = bytes.byteLength;
    const certain = ended ? length : length - LOOKAHEAD;
    const ids: number[] = [];
    let start = this.#long === null ? 0 : this.#goOn(this.#long, bytes, certain, ids);
    while (this.#long === null && start < length) {
      const end = pieceEnd(bytes, start);
      if (end <= certain) {
        this.#pairs.encodeInto(bytes, start, end, ids);
        start = end;
      } else if (length - start > LONG_PIECE) {
        this.#long = new LongPiece(this.#pairs, kindOfPiece(bytes, start));
        start = this.#long.extend(bytes, start, ids);
      } else break;
    }
    this.#held = new Uint8Array(bytes.buffer, bytes.byteOffset + start, length - start).slice();
    return ids;
  }

  /** Goes on with a piece that has begun; returns up to where there are ids. */
  #goOn(long: LongPiece, bytes: Utf8Text, certain: number, ids: number[]): number {
    const end = long.endIn(bytes);
    if (end > certain) return long.extend(bytes, 0, ids);
    long.finish(bytes, end, ids);
    this.#long = null;
    return end;
  }

  /** What was held back, and a text. */
  #joined(text: string): Utf8Text {
    const held = this.#held;
    const bytes = new Uint8Array(held.length + BYTES_PER_UNIT * text.length);
    bytes.set(held);
    const { written } = ENCODER.encodeInto(text, bytes.subarray(held.length));
    return new DataView(bytes.buffer, 0, held.length + written);
  }
}

/** A piece that goes on behind what is known of the text. */
class LongPiece {
  readonly #kind: number;
  readonly #piece: OpenPiece;
  /** Bytes behind its ids that certainly belong to it. */
  #known = 0;

  constructor(pairs: BytePairs, kind: number) {
    this.#piece = pairs.openPiece();
    this.#kind = kind;
  }

  /** Its end, as far as it is known, in bytes that begin where its ids end. */
  endIn(bytes: Utf8Text): number {
    return endOfKind(bytes, this.#known, this.#kind);
  }

  /** Adds ids of bytes from `start` on that all belong to it, and returns where those end. */
  extend(bytes: Utf8Text, start: number, ids: number[]): number {
    const known = characterStart(bytes, bytes.byteLength - LOOKAHEAD);
    let at = start;
    while (known - at > LONG_PIECE) at = this.#piece.extend(bytes, at, at + LONG_PIECE, ids);
    this.#known = known - at;
    return at;
  }

  /** Adds the ids of all its other bytes, those up to `end`. */
  finish(bytes: Utf8Text, end: number, ids: number[]): void {
    let at = 0;
    while (end - at > LONG_PIECE) at = this.#piece.extend(bytes, at, at + LONG_PIECE, ids);
    this.#piece.end(bytes, at, end, ids);
  }
}
