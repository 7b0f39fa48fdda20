/**
 * What a `tokenizer.json` of byte-level byte pairs must say for text to get the ids that it gets
 * here.
 *
 * @module
 */

import { boolean, describeValue } from "../schema/field.ts";
import type { Section } from "../schema/tree.ts";
import type { TokenizerDocument } from "./tokenizer_json.ts";

interface ByteLevel {
  readonly add_prefix_space: boolean;
  readonly use_regex: boolean;
}

const BYTE_LEVEL: Section<ByteLevel> = {
  doc: "A ByteLevel pre-tokenizer.",
  keys: {
    add_prefix_space: boolean({ doc: "Whether a blank is put before every text." }),
    use_regex: boolean({ doc: "Whether GPT-2's pattern splits texts.", fallback: true }),
  },
};

/**
 * Refuses settings by which a text would get other ids. The unknown token, its fusion and fallback
 * to bytes change none, since every byte is a token; nor does the use of whole tokens before merges
 * do, since merges lead to all of them.
 *
 * @param specials Those that follow `numTextTokens` tokens of text.
 * @throws {FlmError} naming the first.
 */
export function requireByteLevel(
  document: TokenizerDocument,
  numTextTokens: number,
  specials: readonly string[],
): void {
  document.refuseFraming(specials);
  const normalizer = document.component("normalizer");
  if (normalizer !== null) throw document.refusal(normalizer.path, "null", normalizer.value);
  const splitter = document.component("pre_tokenizer");
  if (splitter?.type !== "ByteLevel") {
    throw document.refusal("pre_tokenizer", 'the type "ByteLevel"', splitter?.type ?? null);
  }
  const { path, value } = splitter;
  const level = document.read(path, value, BYTE_LEVEL);
  if (level.add_prefix_space) throw document.refusal(`${path}.add_prefix_space`, "false", true);
  if (!level.use_regex) throw document.refusal(`${path}.use_regex`, "true", false);
  const { model, added_tokens } = document.json;
  const neutral = { dropout: 0, continuing_subword_prefix: "", end_of_word_suffix: "" };
  for (const [key, expected] of Object.entries(neutral)) {
    const found = model[key] ?? expected;
    if (found !== expected) {
      throw document.refusal(`model.${key}`, `null or ${describeValue(expected)}`, found);
    }
  }
  for (const [i, { id, content }] of added_tokens.entries()) {
    if (specials[id - numTextTokens] === content) continue;
    throw document.refusal(`added_tokens[${i}]`, `one of ${specials.join(" and ")}`, content);
  }
}
