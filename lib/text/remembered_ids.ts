/**
 * The token ids of words seen before: most of a text are a few thousand words.
 *
 * @module
 */

/** The id of a word that is one token, or its ids. */
export type WordIds = number | readonly number[];

/** Words that are remembered; all are forgotten when there are more. */
const MAX_WORDS = 1 << 17;
/** Longer words, in UTF-16 units, are not remembered. */
const MAX_LENGTH = 64;

/** An encoder of words that remembers what it gave. */
export class RememberedIds {
  readonly #encode: (word: string) => WordIds;
  readonly #known = new Map<string, WordIds>();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /**
   * Begins with no words.
   *
   * @param encode The ids of a word, which is well-formed UTF-16.
   */
  constructor(encode: (word: string) => WordIds) {
    this.#encode = encode;
  }

  /** Appends the ids of a word to `ids`. */
  append(ids: number[], word: string): void {
    const known = this.#known.get(word) ?? this.#learn(word);
    if (typeof known === "number") ids.push(known);
    else for (let i = 0; i < known.length; i++) ids.push(known[i]!);
  }

  #learn(word: string): WordIds {
    const ids = this.#encode(word);
    if (word.length <= MAX_LENGTH) {
      if (this.#known.size === MAX_WORDS) this.#known.clear();
      // A copy: a slice would keep the whole text alive that it is from.
      this.#known.set(this.#decoder.decode(this.#encoder.encode(word)), ids);
    }
    return ids;
  }
}
