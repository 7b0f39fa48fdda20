/**
 * Turns batches of text into token ids: what a tokenizing worker does, and the main thread where
 * there are no workers.
 *
 * @module
 */
import type { Detokenizer } from "../../text/detokenizer.ts";
import type { PieceEncoder, Tokenizer, TokenSink } from "../../text/tokenizer.ts";
import { utf8Length } from "../../text/utf8_buffer.ts";
import type { TextBatch } from "./text_batches.ts";
import { explained, WholeText } from "./whole_text.ts";

/** The tokens of a {@linkcode TextBatch}. */
export interface EncodedBatch {
  /** The ids of all texts, one after another, without specials. */
  ids: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** Where the texts end in `ids`; one that is still open has no entry. */
  ends: Uint32Array<ArrayBuffer>;
  /** Size of the texts in bytes of UTF-8. */
  bytes: number;
  /** Size of the documents that end here and have no token, in bytes of UTF-8. */
  emptyBytes: number;
}

/** The part of a batch that is encoded. */
export type TextJob = Pick<TextBatch, "texts" | "continues" | "open">;

/** A text that may have begun in an earlier batch. */
interface OpenText {
  /** Its first piece. */
  readonly beginning: string;
  /** Its size so far, in bytes of UTF-8. */
  bytes: number;
  /** Its tokens so far. */
  tokens: number;
}

/** Encodes batches; those of one document that is cut must all come to the same encoder. */
export class BatchEncoder {
  readonly #tokenizer: Tokenizer;
  readonly #encoder: PieceEncoder;
  readonly #whole: WholeText | null;
  readonly #buffer: GrowingIds;
  #text: OpenText = beginText("");

  /** Makes an encoder; whole texts pass the detokenizer first. */
  constructor(tokenizer: Tokenizer, detokenizer: Detokenizer | null) {
    this.#tokenizer = tokenizer;
    this.#encoder = tokenizer.encoder();
    this.#whole = detokenizer && new WholeText(detokenizer);
    this.#buffer = new GrowingIds(tokenizer.vocabSize);
  }

  /** The tokens of a batch. @throws {DataError} if too much of a text would have to be held. */
  encode({ texts, continues, open }: TextJob): EncodedBatch {
    const ids = this.#buffer;
    ids.clear();
    const ends = new Uint32Array(texts.length - Number(open));
    let [bytes, emptyBytes] = [0, 0];
    texts.forEach((piece, i) => {
      const begins = i > 0 || !continues;
      if (begins) this.#text = beginText(piece);
      const text = this.#text;
      const ended = i < ends.length;
      const before = ids.length;
      try {
        this.#add(piece, begins, ended);
      } catch (error) {
        throw explained(error, text.beginning);
      }
      const size = utf8Length(piece);
      bytes += size;
      text.bytes += size;
      text.tokens += ids.length - before;
      if (!ended) return;
      ends[i] = ids.length;
      if (text.tokens === 0) emptyBytes += text.bytes;
    });
    return { ids: ids.copy(), ends, bytes, emptyBytes };
  }

  /** Adds the ids of a piece that begins a text, or goes on with it, and may end it. */
  #add(piece: string, begins: boolean, ended: boolean): void {
    const ids = this.#buffer;
    if (this.#whole !== null) {
      const text = this.#whole.add(piece, begins, ended);
      if (text !== null) this.#tokenizer.encodeInto(text, ids);
    } else if (begins && ended) {
      this.#tokenizer.encodeInto(piece, ids);
    } else {
      for (const id of this.#encoder.push(piece)) ids.push(id);
      if (ended) { for (const id of this.#encoder.finish()) ids.push(id); }
    }
  }
}

function beginText(beginning: string): OpenText {
  return { beginning, bytes: 0, tokens: 0 };
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
