/**
 * Files of tokenizers: `vocab.txt`, `tokenizer.json`, and the pair of `vocab.json` and
 * `merges.txt`.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { isUrl } from "../system/location.ts";
import { readText } from "../io/read_text.ts";
import { anything, describeKey, describeValue, integer } from "../schema/field.ts";
import { type JsonDocument, readShape } from "../schema/read_json.ts";
import type { Section } from "../schema/tree.ts";
import { type Fail, TokenizerDocument } from "./tokenizer_json.ts";
import { vocabularyText } from "./vocabulary.ts";

/** Vocabularies of many languages have some 30 MB. */
const MAX_BYTES = 2 ** 26;

/**
 * The text of a tokenizer's file that is in memory.
 *
 * @example A tokenizer of a vocabulary that lies nowhere
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createTokenizer } from "./create_tokenizer.ts";
 *
 * const tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "fox"];
 * const file = { name: "my vocabulary", text: tokens.join("\n") };
 * const tokenizer = await createTokenizer("bert-base-uncased", { file });
 * assertEquals(tokenizer.encode("a fox"), [4, 5]);
 * ```
 */
export interface VocabularyText {
  /** What messages call it. */
  readonly name: string;
  /** What such a file would hold. */
  readonly text: string;
}

/** A tokenizer's file: a path, an address, or its text. */
export type VocabularyFile = string | VocabularyText;

/** What a file says of a tokenizer. */
export interface TokenizerFile {
  /** The tokens by id. */
  readonly tokens: readonly string[];
  /**
   * What byte pairs are made of, as `a b`, in the order in which these are merged; null if it says
   * nothing of that.
   */
  readonly merges: () => Promise<readonly string[] | null>;
  /** The tokenizer.json, if it is one and holds more than a vocabulary. */
  readonly document: TokenizerDocument | null;
  /** Makes the error for what is wrong with it. */
  readonly fail: Fail;
}

/** What a file is read for. */
export interface TokenizerFileOptions {
  /** What `tokenizer.json` calls the model. */
  readonly model: "BPE" | "WordPiece";
  /** What the file should hold, and in which form, for messages. */
  readonly expected: string;
}

/**
 * Reads a tokenizer's file: a `vocab.txt` (a token a line), Hugging Face's `tokenizer.json`, or
 * GPT-2's `vocab.json` or `merges.txt`, of which the one is looked for beside the other.
 *
 * @param file A path, or an `http(s):` or `file:` URL; or its text.
 * @throws {DataError} if it cannot be read or something is wrong with it.
 */
export async function readTokenizerFile(
  file: VocabularyFile,
  { model, expected }: TokenizerFileOptions,
): Promise<TokenizerFile> {
  const location = typeof file === "string" ? file : file.name;
  const advice = `Expected ${expected}; see data.tokenizerFile.`;
  const fail: Fail = (fault, cause) =>
    new DataError(`Cannot use the tokenizer file ${location}: ${fault}. ${advice}`, { cause });
  const document = { name: `the tokenizer file ${location}`, error: DataError, advice };
  const text = typeof file === "string"
    ? await readText(location, DataError, { maxBytes: MAX_BYTES })
    : file.text;

  if (MERGES.test(text)) {
    const vocabulary = await readSibling(location, fail);
    const tokens = tokensOfMapping(parseJson(vocabulary, fail), document, fail);
    return { tokens, merges: () => Promise.resolve(mergesOf(text)), document: null, fail };
  }
  if (VOCABULARY_JSON.test(text)) {
    const tokens = tokensOfMapping(parseJson(text, fail), document, fail);
    const merges = async () => mergesOf(await readSibling(location, fail));
    return { tokens, merges, document: null, fail };
  }
  if (JSON_OBJECT.test(text)) {
    const json = new TokenizerDocument(parseJson(text, fail), document, fail);
    const type = json.modelType();
    if (type !== model) {
      throw fail(`model.type: expected "${model}", found ${describeValue(type)}`);
    }
    const { vocab, merges } = json.read("model", json.json.model, MODEL);
    return {
      tokens: inOrder(vocab, fail),
      merges: () => Promise.resolve(merges?.map((merge, i) => mergeOf(merge, i, json)) ?? null),
      document: json.isBare ? null : json,
      fail,
    };
  }
  const tokens = text.replace(/\r?\n$/, "").split(/\r?\n/);
  requireDistinct(tokens, fail);
  return { tokens, merges: () => Promise.resolve(null), document: null, fail };
}

/** The beginning of a merges.txt: its version, or a first line with two tokens of bytes. */
const MERGES = /^(?:#version|\S+ \S+\r?\n\S+ \S+\r?\n)/;
/** A mapping of tokens to ids, and nothing else. */
const VOCABULARY_JSON = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\d/;
/** The beginning of any JSON object; a vocab.txt may have a brace for its first token. */
const JSON_OBJECT = /^\s*\{\s*["}]/;

/** Whether the text of a vocab.txt with these tokens, a line each, is read as them. */
export function isListable(tokens: readonly string[]): boolean {
  const text = vocabularyText(tokens);
  const others = [/^\ufeff/, MERGES, VOCABULARY_JSON, JSON_OBJECT];
  return !tokens.some((token) => /[\r\n]/.test(token)) && !others.some((each) => each.test(text));
}

/** The name by which a file of this text is known: `vocab.txt` or `tokenizer.json`. */
export function tokenizerFileName(text: string): string {
  return JSON_OBJECT.test(text) ? "tokenizer.json" : "vocab.txt";
}

/** The names by which vocabulary and merges of byte pairs are published, at the end of a path. */
const SIBLINGS: readonly (readonly [vocabulary: string, merges: string])[] = [
  ["vocab.json", "merges.txt"],
  ["encoder.json", "vocab.bpe"],
];

/** The file that belongs to a vocab.json or merges.txt, from the same folder. */
async function readSibling(location: string, fail: Fail): Promise<string> {
  const query = isUrl(location) ? /(?=[?#])/.exec(location)?.index : undefined;
  const path = location.slice(0, query);
  const rest = location.slice(path.length);
  for (const pair of SIBLINGS) {
    for (const [own, other] of [pair, pair.toReversed()] as const) {
      if (!path.endsWith(own!)) continue;
      try {
        return await readText(path.slice(0, -own!.length) + other + rest, DataError, {
          maxBytes: MAX_BYTES,
        });
      } catch (cause) {
        if (!(cause instanceof DataError)) throw cause;
        throw fail(`it goes with ${other} beside it: ${cause.message}`, cause);
      }
    }
  }
  const names = SIBLINGS.map(([vocabulary, merges]) => `${vocabulary} and ${merges}`).join(", or ");
  throw fail(`it is one of a pair, whose names must end in ${names}`);
}

function parseJson(text: string, fail: Fail): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fail(`it is not JSON (${(cause as Error).message})`, cause);
  }
}

interface Model {
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges?: readonly unknown[];
}

const VOCABULARY = { doc: "Ids by token.", entry: integer({ doc: "An id.", min: 0 }) };

const MODEL: Section<Model> = {
  doc: "A model of a tokenizer.json.",
  keys: {
    vocab: VOCABULARY,
    merges: {
      doc: "What is merged, in order.",
      optional: { item: anything({ doc: "A pair.", fallback: null }) },
    },
  },
};

function tokensOfMapping(value: unknown, document: JsonDocument, fail: Fail): string[] {
  const keys = { vocab: VOCABULARY };
  const { vocab } = readShape<Pick<Model, "vocab">>({ vocab: value }, { keys }, document);
  return inOrder(vocab, fail);
}

/** The tokens of a vocabulary, whose ids must be 0, 1, 2 and so on. */
function inOrder(vocab: Model["vocab"], fail: Fail): string[] {
  const entries = Object.entries(vocab).sort(([, a], [, b]) => a - b);
  entries.forEach(([token, id], rank) => {
    if (id !== rank) throw fail(`the id of ${describeKey(token)} is ${id}, expected ${rank}`);
  });
  const tokens = entries.map(([token]) => token);
  requireDistinct(tokens, fail);
  return tokens;
}

function requireDistinct(tokens: readonly string[], fail: Fail): void {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  tokens.forEach((token, id) => {
    const other = ids.get(token)!;
    if (token === "") throw fail(`its token ${id} is empty`);
    if (other !== id) throw fail(`its tokens ${id} and ${other} are both ${describeKey(token)}`);
  });
}

/** A merge as versions before 0.20 write it, `a b`, or later ones, `["a", "b"]`. */
function mergeOf(merge: unknown, index: number, document: TokenizerDocument): string {
  const parts = typeof merge === "string" ? merge.split(" ") : merge;
  const isPair = Array.isArray(parts) && parts.length === 2 &&
    parts.every((part) => typeof part === "string");
  if (isPair) return parts.join(" ");
  throw document.refusal(`model.merges[${index}]`, 'a pair such as "a b" or ["a", "b"]', merge);
}

/** The lines of a merges.txt; those with its version and blank ones say nothing. */
function mergesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version"));
}
