/**
 * Turns batches of text into token ids: what a tokenizing worker does, and the main thread where
 * there are no workers.
 *
 * @module
 */
import type { Detokenizer } from "../text/detokenizer.ts";
import type { PieceEncoder, Tokenizer, TokenSink } from "../text/tokenizer.ts";
import { utf8Length } from "../text/utf8_buffer.ts";
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
        if (ended) this.#tokenizer.encodeInto(this.#detokenizer(whole), ids);
      } else if (ended && !begun) {
        this.#tokenizer.encodeInto(text, ids);
      } else {
        for (const id of this.#encoder.push(text)) ids.push(id);
        if (ended) { for (const id of this.#encoder.finish()) ids.push(id); }
      }
      if (ended) ends[i] = ids.length;
    });
    return { ids: ids.copy(), ends, bytes };
  }
}

/** Ids that are collected in a buffer which is used again. */
class GrowingIds implements TokenSink {
  #ids: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  length = 0;

  constructor(vocabSize: number) {
    this.#ids = vocabSize > 0x10000 ? new Uint32Array(1 << 16) : new Uint16Array(1 << 16);
  }

  clear(): void {
    this.length = 0;
  }

  push(id: number): void {
    if (this.length === this.#ids.length) this.#grow();
    this.#ids[this.length++] = id;
  }

  copy(): Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
    return this.#ids.slice(0, this.length);
  }

  #grow(): void {
    const larger = this.#ids.buffer.transfer(2 * this.#ids.byteLength);
    this.#ids = this.#ids.BYTES_PER_ELEMENT === 2
      ? new Uint16Array(larger)
      : new Uint32Array(larger);
  }
}
