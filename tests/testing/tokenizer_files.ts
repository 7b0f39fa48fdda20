/**
 * Files of tokenizers in the layouts of several versions of Hugging Face's library.
 *
 * @module
 */

import { withFolder } from "./folder.ts";

/** A vocabulary by token, as vocab.json and tokenizer.json have it. */
export function idsByToken(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** A normalizer as BERT has it, with other settings. */
export function bertNormalizer(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
    ...changes,
  };
}

const added = (id: number, content: string) => ({
  id,
  special: true,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});

/** The parts of a tokenizer.json. */
export type JsonParts = Record<string, unknown>;

/**
 * BERT's tokenizer.json as versions from 0.9 on write it.
 *
 * @param model What is different in the model.
 * @param parts What is different elsewhere.
 */
export function bertLayout(
  tokens: readonly string[],
  model: JsonParts = {},
  parts: JsonParts = {},
): JsonParts {
  const specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].filter((each) => tokens.includes(each));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specials.map((content) => added(tokens.indexOf(content), content)),
    normalizer: bertNormalizer(),
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "[CLS]", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "[SEP]", type_id: 0 } },
      ],
      pair: [],
      special_tokens: {},
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: idsByToken(tokens),
      ...model,
    },
    ...parts,
  };
}

/**
 * GPT-2's tokenizer.json as versions from 0.20 on write it; parameters as {@linkcode bertLayout}.
 */
export function gpt2Layout(
  tokens: readonly string[],
  merges: readonly string[],
  model: JsonParts = {},
  parts: JsonParts = {},
): JsonParts {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [added(50256, "<|endoftext|>")],
    normalizer: null,
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: { ...byteLevel, add_prefix_space: true, use_regex: true },
    decoder: { ...byteLevel, add_prefix_space: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: idsByToken(tokens),
      merges: merges.map((merge) => merge.split(" ")),
      ...model,
    },
    ...parts,
  };
}

/** The merges that made these tokens, as `a b`: the last one of the merges within each. */
export function mergesOf(tokens: readonly string[]): string[] {
  const ranks = new Map(tokens.map((token, id) => [token, id]));
  return tokens.flatMap((token, id) => {
    let parts = [...token];
    while (parts.length > 2) {
      const pairs = parts.slice(1).map((part, i) => ranks.get(parts[i]! + part) ?? id);
      const best = Math.min(...pairs);
      const at = pairs.indexOf(best);
      parts = [...parts.slice(0, at), tokens[best]!, ...parts.slice(at + 2)];
    }
    return parts.length === 2 ? [parts.join(" ")] : [];
  });
}

/** Writes files of these texts into a folder, calls `use` with one's path, and removes them. */
export function withFiles<T>(
  texts: Readonly<Record<string, string>>,
  use: (path: (name: string) => string) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(texts)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    return await use((name) => `${folder}/${name}`);
  });
}
