/**
 * The encoder of pieces for tokenizers that never join what blanks separate.
 *
 * @module
 */

import type { PieceEncoder } from "./tokenizer.ts";

/**
 * An encoder for texts that arrive in pieces, from one for whole texts. A text is only cut before
 * a blank or newline that follows something visible; the rest is held back until the next piece.
 * At such a place `encode` must give the ids of both parts one after the other.
 */
export function holdingEncoder(encode: (text: string) => number[]): PieceEncoder {
  let held = "";
  return {
    push(piece) {
      const cut = lastCut(held, piece);
      if (cut === -1) {
        held += piece;
        return [];
      }
      const ids = encode(held + piece.slice(0, cut));
      held = piece.slice(cut);
      return ids;
    },
    finish() {
      const ids = encode(held);
      held = "";
      return ids;
    },
  };
}

/** The last place in `piece`, which follows `held`, where it may be cut; -1 if there is none. */
function lastCut(held: string, piece: string): number {
  for (let at = piece.length - 1; at >= 0; at--) {
    const character = piece[at];
    if (character !== " " && character !== "\n") continue;
    const before = at > 0 ? piece[at - 1] : held.at(-1);
    if (before !== undefined && VISIBLE.test(before)) return at;
  }
  return -1;
}

/** What is certainly no blank, for any tokenizer: U+0085 and U+FEFF are taken for some by some. */
const VISIBLE = /[^\p{White_Space}\p{C}]|\p{Cs}/u;
