/**
 * What all tokenizers do alike.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { PieceEncoder, Tokenizer, TokenSink } from "./tokenizer.ts";

/** A {@linkcode Tokenizer} made of how it adds a text's ids, and of the text of ids. */
export abstract class BaseTokenizer implements Tokenizer {
  /** The name that configurations use. */
  abstract readonly name: string;
  /** What a token of text is. */
  abstract readonly unit: Tokenizer["unit"];
  /** The number of ids. */
  abstract readonly vocabSize: number;
  /** The id that begins every block. */
  abstract readonly bosId: number;
  /** The id that ends every text and every block. */
  abstract readonly eosId: number;
  /** The padding id, or null if there is none. */
  abstract readonly padId: number | null;
  /** The id of words that have no tokens, or null if there is none. */
  abstract readonly unknownId: number | null;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  abstract readonly fingerprint: string;
  /** The vocabulary as text; null if the name is enough. */
  abstract readonly vocabulary: string | null;

  /** What `decode(encode(text))` gives. */
  abstract normalise(text: string): string;

  /** Adds the ids of a whole text to `ids`. */
  abstract encodeInto(text: string, ids: TokenSink): void;

  /** An encoder for texts that arrive in pieces. */
  abstract encoder(): PieceEncoder;

  /** The text of ids that are no specials, at least one. */
  protected abstract textOf(ids: readonly number[]): string;

  /** The ids of a whole text. */
  encode(text: string): number[] {
    const ids: number[] = [];
    this.encodeInto(text, ids);
    return ids;
  }

  /**
   * The texts between the EOS of a sequence, without BOS and padding, joined by newlines.
   *
   * @throws {DataError} if an id lies outside the vocabulary.
   */
  decode(ids: ArrayLike<number>): string {
    const { name, vocabSize, bosId, eosId, padId } = this;
    const texts: number[][] = [];
    let text: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
        throw new DataError(
          `Cannot decode token id ${id} at position ${i}: the ${name} tokenizer has the ids 0 to ` +
            `${vocabSize - 1}. These tokens come from another tokenizer.`,
        );
      }
      if (id === eosId) {
        if (text.length > 0) texts.push(text);
        text = [];
      } else if (id !== bosId && id !== padId) text.push(id);
    }
    if (text.length > 0) texts.push(text);
    return texts.map((ids) => this.textOf(ids)).join("\n");
  }

  /**
   * Decodes every sequence of a batch.
   *
   * @throws {DataError} if an id lies outside the vocabulary.
   */
  decodeBatch(batch: Iterable<ArrayLike<number>>): string[] {
    return Array.from(batch, (ids) => this.decode(ids));
  }
}
