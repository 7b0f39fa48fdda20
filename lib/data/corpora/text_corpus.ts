/**
 * A corpus of a text that a program has in memory.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { describeValue } from "../../schema/field.ts";
import { sha256Hex } from "../../system/sha256.ts";
import { boundedPieces, type Corpus, skipDocuments, type TextPiece } from "../corpus.ts";
import { readBetweenBlankLines } from "./text/blank_lines.ts";

/**
 * The corpus of a text, whose documents are divided by blank lines as those of a `.txt` file are,
 * or of a list of documents. A configuration names it as a source of kind `text`.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { textCorpus } from "@flm/flm";
 *
 * const corpus = textCorpus("verses", "so it goes\n\nand so it ends");
 * const { train: [part] } = await corpus.parts();
 * const texts = await Array.fromAsync(part!.pieces(0), ({ text }) => text);
 * assert(texts.join("|").startsWith("so it goes"));
 * ```
 *
 * @param name What messages, shards and configurations call it.
 * @throws {DataError} if it is no text; when it is read, if it has a character U+0000.
 */
export function textCorpus(name: string, text: string | readonly string[]): Corpus {
  requireTexts(name, text);
  const documents = typeof text === "string" ? null : text;
  return {
    name,
    location: { kind: "text", name },
    async identity() {
      return `sha256:${await sha256Hex(typeof text === "string" ? text : JSON.stringify(text))}`;
    },
    parts: () =>
      Promise.resolve({
        train: [{
          name,
          documents: documents?.length ?? null,
          pieces: (skip) =>
            skipDocuments(
              documents === null
                ? readBetweenBlankLines(bytesOf(name, text as string), name)
                : piecesOf(documents),
              skip,
            ),
        }],
        validation: null,
      }),
  };
}

/** Checks what comes from programs that no compiler has seen, such as notebooks. */
function requireTexts(name: string, text: unknown): void {
  if (typeof text === "string") return;
  const wrong = Array.isArray(text) ? text.find((each) => typeof each !== "string") : text;
  if (Array.isArray(text) && text.every((each) => typeof each === "string")) return;
  throw new DataError(
    `The corpus ${name}: expected a text or a list of texts, found ${describeValue(wrong)}` +
      `${Array.isArray(text) ? " in a list" : ""}. The text of a file is had by ` +
      `await Deno.readTextFile(PATH).`,
  );
}

/** Says where such a corpus is to be had: it is nowhere but in the program that has the text. */
export function noTextCorpus(name: string): DataError {
  return new DataError(
    `The corpus ${name} is a text in the memory of a program (data.source.kind "text"), and no ` +
      `file: the program makes its shards, by preprocess(textCorpus(...)).`,
  );
}

async function* bytesOf(name: string, text: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (text.includes("\0")) {
    throw new DataError(
      `The corpus ${name} has a character U+0000, which no text has. Was it read from a file that ` +
        `is no text, or in UTF-16?`,
    );
  }
  yield await Promise.resolve(new TextEncoder().encode(text));
}

async function* piecesOf(documents: readonly string[]): AsyncGenerator<TextPiece> {
  for (const text of documents) {
    yield* boundedPieces({ text, endOfDocument: true });
  }
}
