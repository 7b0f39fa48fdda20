/**
 * Turns batches of text into token ids: what a tokenizing worker does, and the main thread where
 * there are no workers.
 *
 * @module
 */
import type { Detokenizer } from "../text/detokenizer.ts";
import type { PieceEncoder, Tokenizer } from "../text/tokenizer.ts";
import type { TextBatch } from "./text_batches.ts";

/** The tokens of a {@linkcode TextBatch}. */
export interface EncodedBatch {
  /** The ids of all texts, one after another, without specials. */
  ids: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** Where the texts end in `ids`; one that is still open has no entry. */
  ends: Uint32Array<ArrayBuffer>;
  /** Size of the texts in bytes of UTF-8. */
  bytes: number;
}

/** The part of a batch that is encoded. */
export type TextJob = Pick<TextBatch, "texts" | "continues" | "open">;

/** Encodes batches; those of one document that is cut must all come to the same encoder. */
export class BatchEncoder {
  readonly #tokenizer: Tokenizer;
  readonly #encoder: PieceEncoder;
  readonly #detokenizer: Detokenizer | null;
  readonly #buffer: GrowingIds;
  /** The text of an open document so far, where a detokenizer must see it whole. */
  #openText = "";

  /** Makes an encoder; whole texts pass the detokenizer first. */
  constructor(tokenizer: Tokenizer, detokenizer: Detokenizer | null) {
    this.#tokenizer = tokenizer;
    this.#encoder = tokenizer.encoder();
    this.#detokenizer = detokenizer;
    this.#buffer = new GrowingIds(tokenizer.vocabSize);
  }

  /** The tokens of a batch. */
  encode({ texts, continues, open }: TextJob): EncodedBatch {
    const ids = this.#buffer;
    ids.clear();
    const ends = new Uint32Array(texts.length - Number(open));
    let bytes = 0;
    texts.forEach((text, i) => {
      bytes += utf8Length(text);
      const begun = i === 0 && continues;
      const ended = i < ends.length;
      if (this.#detokenizer !== null) {
        const whole = begun ? this.#openText + text : text;
        this.#openText = ended ? "" : whole;
        if (ended) ids.append(this.#tokenizer.encode(this.#detokenizer(whole)));
      } else if (ended && !begun) {
        ids.append(this.#tokenizer.encode(text));
      } else {
        ids.append(this.#encoder.push(text));
        if (ended) ids.append(this.#encoder.finish());
      }
      if (ended) ends[i] = ids.length;
    });
    return { ids: ids.copy(), ends, bytes };
  }
}

/** Ids that are collected in a buffer which is used again. */
class GrowingIds {
  readonly #wide: boolean;
  #ids: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  length = 0;

  constructor(vocabSize: number) {
    this.#wide = vocabSize > 0x10000;
    this.#ids = this.#allocate(1 << 16);
  }

  clear(): void {
    this.length = 0;
  }

  append(ids: ArrayLike<number>): void {
    const length = this.length + ids.length;
    if (length > this.#ids.length) {
      const larger = this.#allocate(Math.max(length, 2 * this.#ids.length));
      larger.set(this.#ids.subarray(0, this.length));
      this.#ids = larger;
    }
    this.#ids.set(ids, this.length);
    this.length = length;
  }

  copy(): Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
    return this.#ids.slice(0, this.length);
  }

  #allocate(length: number): Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
    return this.#wide ? new Uint32Array(length) : new Uint16Array(length);
  }
}

/** The size in bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // Each half of a surrogate pair takes two of the pair's four bytes.
    bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
