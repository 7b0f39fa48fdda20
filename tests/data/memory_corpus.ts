/**
 * A corpus in memory, for tests.
 *
 * @module
 */
import {
  type Corpus,
  type CorpusPart,
  skipDocuments,
  type TextPiece,
} from "../../lib/data/corpus.ts";

/** How a {@linkcode memoryCorpus} is. */
export interface MemoryCorpusOptions {
  /** The most code units of a piece. */
  pieceSize?: number;
  /** Whether it knows how many documents it has. */
  counted?: boolean;
  /** Documents for validation, if it has some of its own. */
  validation?: readonly string[];
}

/** A corpus of these documents. */
export function memoryCorpus(
  documents: readonly string[],
  { pieceSize = Infinity, counted = false, validation }: MemoryCorpusOptions = {},
): Corpus {
  async function* pieces(documents: readonly string[]): AsyncGenerator<TextPiece> {
    for (const document of documents) {
      if (document === "") yield { text: "", endOfDocument: true };
      const step = Math.min(pieceSize, document.length);
      for (let start = 0; start < document.length; start += step) {
        const end = start + step;
        yield await Promise.resolve({
          text: document.slice(start, end),
          endOfDocument: end >= document.length,
        });
      }
    }
  }
  const part = (name: string, documents: readonly string[]): CorpusPart => ({
    name,
    documents: counted ? documents.length : null,
    pieces: (skip) => skipDocuments(pieces(documents), skip),
  });
  // Two parts, to have a seam.
  const middle = documents.length >> 1;
  return {
    name: "test corpus",
    location: { kind: "file", path: "test.txt" },
    identity: () => Promise.resolve(JSON.stringify([documents, validation])),
    parts: () =>
      Promise.resolve({
        train: [
          part("first half", documents.slice(0, middle)),
          part("second half", documents.slice(middle)),
        ],
        validation: validation === undefined ? null : [part("validation", validation)],
      }),
  };
}
