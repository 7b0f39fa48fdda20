/**
 * Cuts the documents of a corpus into batches of text, the jobs of the tokenizing workers.
 *
 * @module
 */
import { boundedPieces, type CorpusParts, endsWithin, type TextPiece } from "../corpus.ts";
import type { SplitName } from "../shards/manifest.ts";

/** A place between two documents of a corpus. */
export interface CorpusCursor {
  /** Which list of parts. */
  parts: SplitName;
  /** The part's number in its list. */
  part: number;
  /** Documents of that part that lie before. */
  documents: number;
  /** Documents of that list of parts that lie before. */
  read: number;
}

/** The beginning of a corpus. */
export const CORPUS_START: CorpusCursor = { parts: "train", part: 0, documents: 0, read: 0 };

/** Texts that follow each other in a corpus, all of one split. */
export interface TextBatch {
  /** The split that they belong to. */
  split: SplitName;
  /** The texts of documents; blank and faulty ones are empty. */
  texts: string[];
  /** Whether the first text goes on with the document that the batch before left open. */
  continues: boolean;
  /** Whether the last text's document goes on in the next batch. */
  open: boolean;
  /** What is wrong with faulty documents. */
  faults: string[];
  /** Where the next batch begins, unless this one is `open`. */
  next: CorpusCursor;
}

/** How {@linkcode textBatches} cuts. */
export interface TextBatchesOptions {
  /** The first document of `train` that is for validation; null if none is. */
  firstValidationDocument: number | null;
  /** Where to begin. */
  from?: CorpusCursor;
}

/** UTF-16 code units after which a batch is closed. */
const BATCH_UNITS = 1 << 18;
/** Multiples of a batch that are waited for a document's end: an open one keeps others waiting. */
const PATIENCE = 4;

/**
 * The batches of a corpus in its order, those of `train` before those of `validation`. A document
 * that is much longer than a batch is cut into several.
 *
 * @throws {DataError} if a part cannot be read.
 */
export async function* textBatches(
  corpus: CorpusParts,
  options: TextBatchesOptions,
): AsyncGenerator<TextBatch> {
  const { firstValidationDocument, from = CORPUS_START } = options;
  for (const list of ["train", "validation"] as const) {
    if (list === "train" && from.parts === "validation") continue;
    const parts = corpus[list] ?? [];
    let { part, documents, read } = list === from.parts ? from : { part: 0, documents: 0, read: 0 };
    for (; part < parts.length; part++, documents = 0) {
      const builder = new BatchBuilder();
      const splitHere = () =>
        list === "validation" || read >= (firstValidationDocument ?? Infinity)
          ? "validation"
          : "train";
      let split: SplitName = splitHere();
      let open = false;
      for await (const whole of parts[part]!.pieces(documents)) {
        for (const piece of boundedPieces(whole)) {
          builder.add(piece);
          open = !piece.endOfDocument;
          if (piece.endOfDocument) documents++, read++;
          const full = builder.units >= BATCH_UNITS * (piece.endOfDocument ? 1 : PATIENCE);
          const next = splitHere();
          if (full || next !== split) {
            yield builder.take(split, { parts: list, part, documents, read });
          }
          split = next;
        }
      }
      if (open) throw endsWithin(parts[part]!);
      const next = { parts: list, part: part + 1, documents: 0, read };
      if (!builder.empty) yield builder.take(split, next);
    }
  }
}

class BatchBuilder {
  #texts: string[] = [];
  #faults: string[] = [];
  #pieces: string[] = [];
  #units = 0;
  #open = false;
  #continues = false;

  /** UTF-16 code units so far. */
  get units(): number {
    return this.#units;
  }

  get empty(): boolean {
    return this.#texts.length === 0 && this.#pieces.length === 0;
  }

  add({ text, endOfDocument, fault }: TextPiece): void {
    if (fault !== undefined) this.#faults.push(fault);
    this.#units += text.length;
    this.#pieces.push(text);
    this.#open = !endOfDocument;
    if (endOfDocument) this.#endText();
  }

  take(split: SplitName, next: CorpusCursor): TextBatch {
    const open = this.#open;
    if (open) this.#endText();
    const batch = {
      split,
      texts: this.#texts,
      continues: this.#continues,
      open,
      faults: this.#faults,
      next,
    };
    this.#texts = [];
    this.#faults = [];
    this.#units = 0;
    this.#continues = open;
    return batch;
  }

  #endText(): void {
    this.#texts.push(this.#pieces.length === 1 ? this.#pieces[0]! : this.#pieces.join(""));
    this.#pieces = [];
  }
}
