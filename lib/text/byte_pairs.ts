/**
 * Byte-pair encoding: the merges of one piece of text, in time n log n.
 *
 * @module
 */

import { concat } from "../system/concat.ts";
import { ByteVocabulary, NO_TOKEN } from "./byte_vocabulary.ts";
import { OpenPiece } from "./open_piece.ts";
import { PairHeap } from "./pair_heap.ts";
import { TokenSearch } from "./token_search.ts";
import type { TokenSink } from "./tokenizer.ts";
import type { Utf8Text } from "./utf8_buffer.ts";
import { WordTable } from "./word_table.ts";

/** Pieces up to this length, in bytes, share their arrays. */
const USUAL_LENGTH = 64;
/** Longer ones are searched part by part. */
export const LONG_PIECE = 1 << 14;

/** Turns pieces of text, which tokens never cross, into token ids. */
export class BytePairs {
  readonly #vocabulary: ByteVocabulary;
  /** The tokens of single bytes. */
  readonly #byteIds = new Int32Array(256);
  readonly #parts = new Parts(USUAL_LENGTH);
  /** Made for the first long piece: it takes a tenth of a second. */
  #search: TokenSearch | undefined;
  readonly #remembered = new WordTable((text, start, end) => this.#encode(text, start, end));

  /**
   * Makes the encoder of a vocabulary.
   *
   * @param tokens The bytes of UTF-8 of the tokens, in the order of their ids. All single bytes are
   * among them, and every other token is what two others make. Of two tokens the one of the lower
   * id is merged first.
   */
  constructor(tokens: Iterable<Uint8Array>) {
    this.#vocabulary = new ByteVocabulary(tokens);
    for (let id = 0; id < this.#vocabulary.size; id++) {
      const bytes = this.#vocabulary.bytesOf(id);
      if (bytes.length === 1) this.#byteIds[bytes[0]!] = id;
    }
  }

  /** The bytes of a token. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    return this.#vocabulary.bytesOf(id);
  }

  /** Adds the ids of the piece from `start` to `end` of `text` to `ids`. */
  encodeInto(text: Utf8Text, start: number, end: number, ids: TokenSink): void {
    this.#remembered.encodeInto(text, start, end, ids);
  }

  /** A piece whose end is not known. */
  openPiece(): OpenPiece {
    this.#search ??= new TokenSearch(this.#vocabulary, this.areTokens.bind(this));
    return new OpenPiece(this.#search);
  }

  #encode(text: Utf8Text, start: number, end: number): number[] {
    if (end - start <= LONG_PIECE) return this.merge(text, start, end);
    const ids: number[] = [];
    const piece = this.openPiece();
    let at = start;
    while (end - at > LONG_PIECE) at = piece.extend(text, at, at + LONG_PIECE, ids);
    piece.end(text, at, end, ids);
    return ids;
  }

  /**
   * The tokens that a token of several bytes is made of: two, if it is made of tokens before it.
   */
  partsOf(id: number): number[] {
    const bytes = this.bytesOf(id);
    const text = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.merge(text, 0, bytes.length, id);
  }

  /** Whether a text of these two tokens is made of these two. */
  areTokens(left: number, right: number): boolean {
    const [first, second] = [this.bytesOf(left), this.bytesOf(right)];
    const bytes = concat([first, second]);
    const [found, next] = this.merge(new DataView(bytes.buffer), 0, bytes.length);
    return found === left && next === right;
  }

  /**
   * The ids from `from` to `to` of a text, as if this were a piece. Merges neighbours, always the
   * pair of the lowest rank and of these the first, until no pair is a token.
   *
   * @param numTokens The tokens that there are; all unless told.
   */
  merge(text: Utf8Text, from: number, to: number, numTokens = Infinity): number[] {
    const length = to - from;
    const { ids, next, previous, heap } = length <= USUAL_LENGTH ? this.#parts : new Parts(length);
    for (let i = 0; i < length; i++) {
      ids[i] = this.#byteIds[text.getUint8(from + i)]!;
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    const rankOfPair = (part: number): number =>
      next[part]! < length ? this.#vocabulary.join(ids[part]!, ids[next[part]!]!) : NO_TOKEN;
    const consider = (part: number) => {
      const rank = rankOfPair(part);
      if (rank !== NO_TOKEN && rank < numTokens) heap.push(rank, part);
    };
    for (let part = 0; part + 1 < length; part++) consider(part);
    while (heap.size > 0) {
      const { rank, place: part } = heap.pop();
      // Parts that were merged since are none, and others have grown.
      if (ids[part] === NO_TOKEN || rankOfPair(part) !== rank) continue;
      const middle = next[part]!;
      const end = next[part] = next[middle]!;
      ids[part] = rank;
      ids[middle] = NO_TOKEN;
      if (end < length) {
        previous[end] = part;
        consider(part);
      }
      if (previous[part]! >= 0) consider(previous[part]!);
    }
    const merged: number[] = [];
    for (let part = 0; part < length; part = next[part]!) merged.push(ids[part]!);
    return merged;
  }
}

/** The parts of a piece, linked; part i begins at byte i. One that was merged has no id. */
class Parts {
  readonly ids: Int32Array;
  /** The part after each, or the length of the piece. */
  readonly next: Int32Array;
  /** The part before each, or −1. */
  readonly previous: Int32Array;
  /** Pairs that may be merged, by the place of the first. */
  readonly heap = new PairHeap();

  constructor(length: number) {
    this.ids = new Int32Array(length);
    this.next = new Int32Array(length);
    this.previous = new Int32Array(length);
  }
}
