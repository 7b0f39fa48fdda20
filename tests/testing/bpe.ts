/**
 * Small tokenizers that are learned from a text.
 *
 * @module
 */

import { BpeTokenizer } from "../../lib/text/bpe.ts";
import { PieceCounts } from "../../lib/text/piece_counts.ts";

/** The tokenizer of byte pairs with so many ids that a text gives. */
export async function learnTokenizer(text: string, vocabSize: number): Promise<BpeTokenizer> {
  const pieces = new PieceCounts();
  pieces.addText(text);
  return await BpeTokenizer.learn(pieces.counted(), vocabSize);
}
