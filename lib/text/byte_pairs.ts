/**
 * Byte-pair encoding: the merges of one piece of text, in time n log n.
 *
 * @module
 */

import type { TokenSink } from "./tokenizer.ts";
import { bytesOf, type Utf8Text } from "./utf8_buffer.ts";
import { WordTable } from "./word_table.ts";

/** A token as the bytes of UTF-8 it stands for, each a character of the code of its value. */
type ByteString = string;

/** Turns pieces of text, which tokens never cross, into token ids. */
export class BytePairs {
  /** The bytes of every token, by its id. */
  readonly bytes: readonly Uint8Array[];
  readonly #ids = new Map<ByteString, number>();
  readonly #longest: number;
  readonly #remembered = new WordTable((piece) => this.#encode(byteString(bytesOf(piece))));

  /**
   * Makes the encoder of a vocabulary.
   *
   * @param bytes The bytes of UTF-8 of the tokens, by id. All single bytes are among them. Of two
   * tokens the one of the lower id is merged first.
   */
  constructor(bytes: readonly Uint8Array[]) {
    this.bytes = bytes;
    this.bytes.forEach((bytes, id) => this.#ids.set(byteString(bytes), id));
    this.#longest = this.bytes.reduce((longest, { length }) => Math.max(longest, length), 0);
  }

  /** Adds the ids of the piece from `start` to `end` of `text` to `ids`. */
  encodeInto(text: Utf8Text, start: number, end: number, ids: TokenSink): void {
    this.#remembered.encodeInto(text, start, end, ids);
  }

  #encode(piece: ByteString): readonly number[] {
    const id = this.#ids.get(piece);
    return id === undefined ? this.#merge(piece) : [id];
  }

  /**
   * Merges neighbours, always the pair of the lowest rank and of these the first, until no pair is
   * a token.
   */
  #merge(bytes: ByteString): readonly number[] {
    // Parts of the piece, linked; part i begins at byte i.
    const ends = Uint32Array.from(bytes, (_, i) => i + 1);
    const previous = Int32Array.from(bytes, (_, i) => i - 1);
    const rankOfPair = (start: number): number | undefined => {
      const middle = ends[start]!;
      if (middle === bytes.length) return undefined;
      const end = ends[middle]!;
      return end - start > this.#longest ? undefined : this.#ids.get(bytes.slice(start, end));
    };
    const heap = new PairHeap();
    const consider = (start: number) => {
      const rank = rankOfPair(start);
      if (rank !== undefined) heap.push(rank, start);
    };
    for (let start = 0; start + 1 < bytes.length; start++) consider(start);
    for (let pair = heap.pop(); pair !== undefined; pair = heap.pop()) {
      const { rank, start } = pair;
      // Parts that were merged since have no end, and others have grown.
      if (ends[start] === 0 || rankOfPair(start) !== rank) continue;
      const middle = ends[start]!;
      const end = ends[start] = ends[middle]!;
      ends[middle] = 0;
      if (end < bytes.length) {
        previous[end] = start;
        consider(start);
      }
      if (previous[start]! >= 0) consider(previous[start]!);
    }
    const ids: number[] = [];
    for (let start = 0; start < bytes.length; start = ends[start]!) {
      ids.push(this.#ids.get(bytes.slice(start, ends[start]))!);
    }
    return ids;
  }
}

/** Pairs by rank, then by place: a binary heap of both in one number. */
class PairHeap {
  readonly #keys: number[] = [];

  push(rank: number, start: number): void {
    const keys = this.#keys;
    const key = rank * 2 ** 32 + start;
    let at = keys.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  pop(): { rank: number; start: number } | undefined {
    const keys = this.#keys;
    const top = keys[0];
    if (top === undefined) return undefined;
    const last = keys.pop()!;
    if (keys.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child + 1 < keys.length && keys[child + 1]! < keys[child]!) child++;
        if (child >= keys.length || keys[child]! >= last) break;
        keys[at] = keys[child]!;
        at = child;
      }
      keys[at] = last;
    }
    return { rank: Math.floor(top / 2 ** 32), start: top % 2 ** 32 };
  }
}

/** Bytes as a string that can be sliced and looked up. */
function byteString(bytes: Uint8Array): ByteString {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return text;
}
