/**
 * Tokenizers that are learned from the corpus whose shards are made.
 *
 * @module
 */
import { LEARNED_TOKENS } from "../../config/limits.ts";
import { DataError } from "../../errors.ts";
import { BpeTokenizer } from "../../text/bpe.ts";
import type { TokenizerToLearn } from "../../text/create_tokenizer.ts";
import type { Detokenizer } from "../../text/detokenizer.ts";
import { PieceCounts } from "../../text/piece_counts.ts";
import { utf8Length } from "../../text/utf8_buffer.ts";
import type { Corpus, CorpusParts } from "../corpus.ts";
import { textBatches } from "./text_batches.ts";
import { explained, WholeText } from "./whole_text.ts";

/** Different pieces beyond which the rarest are forgotten: they take some 40 bytes each. */
const MOST_PIECES = 1 << 23;

/** How {@linkcode learnTokenizer} works. */
export interface LearnTokenizerOptions {
  /** What every text passes first, if anything. */
  readonly detokenizer: Detokenizer | null;
  /** Called with the documents and bytes (UTF-8) read so far. */
  readonly onProgress: (documents: number, bytes: number) => void;
  /** Stops the work; it then throws the signal's reason. */
  readonly signal: AbortSignal | undefined;
  /** Different pieces that are counted; some 8 million unless told. */
  readonly mostPieces?: number;
}

/**
 * Learns a tokenizer from the training parts of a corpus, read as a stream. What is learned depends
 * on the corpus alone; where it has more different pieces than are counted, the rarest are
 * forgotten on the way.
 *
 * @throws {DataError} if the corpus cannot be read, or gives fewer tokens than are asked for.
 * @throws The signal's reason.
 */
export async function learnTokenizer(
  corpus: Corpus,
  parts: CorpusParts,
  { vocabSize }: TokenizerToLearn,
  { detokenizer, onProgress, signal, mostPieces = MOST_PIECES }: LearnTokenizerOptions,
): Promise<BpeTokenizer> {
  const pieces = new PieceCounts();
  const whole = detokenizer && new WholeText(detokenizer);
  const batches = textBatches({ train: parts.train, validation: null }, {
    firstValidationDocument: null,
  });
  let [documents, bytes, beginning] = [0, 0, ""];
  let least = 2;
  for await (const { texts, continues, open } of batches) {
    signal?.throwIfAborted();
    for (const [i, piece] of texts.entries()) {
      const begins = i > 0 || !continues;
      const ended = i + 1 < texts.length || !open;
      if (begins) beginning = piece;
      try {
        const text = whole === null ? piece : whole.add(piece, begins, ended);
        if (text !== null) pieces.addText(text);
      } catch (error) {
        throw explained(error, beginning);
      }
      bytes += utf8Length(piece);
      if (ended) documents++;
    }
    while (pieces.size > mostPieces) pieces.prune(least++);
    onProgress(documents, bytes);
  }
  if (documents === 0) {
    throw new DataError(`The corpus ${corpus.name} has no texts to learn tokens from.`);
  }
  const tokenizer = await BpeTokenizer.learn(pieces.counted(), vocabSize, { signal });
  if (tokenizer.vocabSize === vocabSize) return tokenizer;
  const most = tokenizer.vocabSize;
  throw new DataError(
    `The corpus ${corpus.name} gives ${most} tokens and no more, since no other two neighbours ` +
      `occur twice, but data.vocabSize is ${vocabSize}. ` +
      (most < LEARNED_TOKENS.min
        ? `Use a longer corpus, or another data.tokenizer: none is learned of fewer than ` +
          `${LEARNED_TOKENS.min} tokens.`
        : `Set it to ${most} at most, or use a longer corpus.`),
  );
}
