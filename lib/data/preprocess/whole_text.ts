/**
 * Texts that arrive in pieces, for what must see them whole.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { describeValue } from "../../schema/field.ts";
import type { Detokenizer } from "../../text/detokenizer.ts";

/** UTF-16 units of a text that a detokenizer must see whole. */
const MOST_WHOLE_UNITS = 1 << 25;

/** Collects the pieces of a text and gives it to a detokenizer. */
export class WholeText {
  readonly #detokenizer: Detokenizer;
  #text = "";

  /** Makes a collector for one text after another. */
  constructor(detokenizer: Detokenizer) {
    this.#detokenizer = detokenizer;
  }

  /**
   * Takes the next piece.
   *
   * @param begins Whether it begins a text.
   * @param ended Whether it ends the text.
   * @returns The whole text after the detokenizer, if it has ended, or null.
   * @throws {DataError} saying what is wrong with a text of which too much would have to be held;
   * {@linkcode explained} names the text.
   */
  add(piece: string, begins: boolean, ended: boolean): string | null {
    this.#text = begins ? piece : this.#text + piece;
    if (this.#text.length > MOST_WHOLE_UNITS) {
      throw new DataError(
        `is longer than ${MOST_WHOLE_UNITS} characters, and data.detokenizer takes a text as a ` +
          `whole. Cut it into several, or set data.detokenizer to null.`,
      );
    }
    if (!ended) return null;
    const text = this.#detokenizer(this.#text);
    this.#text = "";
    return text;
  }
}

/** What went wrong with a text: a {@linkcode DataError} names it by its beginning. */
export function explained(error: unknown, beginning: string): unknown {
  if (!(error instanceof DataError)) return error;
  return new DataError(`The text that begins with ${describeValue(beginning)} ${error.message}`, {
    cause: error,
  });
}
