/**
 * A corpus in memory, for tests.
 *
 * @module
 */
import { type Corpus, skipDocuments, type TextPiece } from "../../lib/data/corpus.ts";

/** The documents, delivered in pieces of at most `pieceSize` code units. */
export function memoryCorpus(documents: readonly string[], pieceSize = Infinity): Corpus {
  async function* pieces(): AsyncGenerator<TextPiece> {
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
  return {
    name: "test corpus",
    location: { kind: "file", path: "test.txt" },
    identity: () => Promise.resolve(JSON.stringify(documents)),
    parts: () =>
      Promise.resolve({
        train: [{
          name: "test corpus",
          documents: documents.length,
          pieces: (skip) => skipDocuments(pieces(), skip),
        }],
        validation: null,
      }),
  };
}
