/**
 * Hugging Face's `tokenizer.json`, in the layouts of all versions of its library: what is read of
 * it, and what is refused because text would get other ids than the file says.
 *
 * @module
 */

import type { FlmError } from "../errors.ts";
import { anyText, anything, boolean, describeValue, integer, text } from "../schema/field.ts";
import { type JsonDocument, readShape } from "../schema/read_json.ts";
import { type AnySection, isMapping, type Section } from "../schema/tree.ts";

/** A token that is found in a text before all else. */
export interface AddedToken {
  /** Its id. */
  readonly id: number;
  /** Its characters. */
  readonly content: string;
  /** Whether it is none of text, such as `[SEP]`. */
  readonly special: boolean;
}

/** What is read of the whole document; its parts are read by those who know their kinds. */
export interface TokenizerJson {
  /** How long texts are cut; null if they are not. */
  readonly truncation: unknown;
  /** How short texts are filled up; null if they are not. */
  readonly padding: unknown;
  /** Tokens that are found in texts first. */
  readonly added_tokens: readonly AddedToken[];
  /** What every text passes first, or null. */
  readonly normalizer: unknown;
  /** How texts are split into words, or null. */
  readonly pre_tokenizer: unknown;
  /** How texts are framed by specials, or null. */
  readonly post_processor: unknown;
  /** The vocabulary, and how words become tokens. */
  readonly model: Readonly<Record<string, unknown>>;
}

const part = (doc: string) => anything({ doc, fallback: null });

const DOCUMENT: Section<TokenizerJson> = {
  doc: "A tokenizer.json.",
  keys: {
    truncation: part("How long texts are cut."),
    padding: part("How short texts are filled up."),
    added_tokens: {
      doc: "Tokens that are found in texts first.",
      item: {
        doc: "Such a token.",
        keys: {
          id: integer({ doc: "Its id.", min: 0 }),
          content: anyText({ doc: "Its characters." }),
          special: boolean({ doc: "Whether it is none of text.", fallback: false }),
        },
      },
      fallback: [],
    },
    normalizer: part("What every text passes first."),
    pre_tokenizer: part("How texts are split into words."),
    post_processor: part("How texts are framed."),
    model: { doc: "The vocabulary, and how words become tokens.", entry: part("A setting.") },
  },
};

/** Makes the error for what is wrong with a file. */
export type Fail = (fault: string, cause?: unknown) => FlmError;

/** A tokenizer.json that is being read. */
export class TokenizerDocument {
  /** What it says. */
  readonly json: TokenizerJson;
  /**
   * Whether it holds nothing but a vocabulary: neither how texts are normalised nor how they are
   * split, which every version of the library writes.
   */
  readonly isBare: boolean;
  readonly #document: JsonDocument;
  readonly #fail: Fail;

  /**
   * Checks the shape of a parsed document.
   *
   * @throws {FlmError} of the document's class, if it has another one.
   */
  constructor(value: unknown, document: JsonDocument, fail: Fail) {
    this.#document = document;
    this.#fail = fail;
    this.json = readShape(value, DOCUMENT, document);
    const has = (key: string) => Object.hasOwn(value as object, key);
    this.isBare = !has("normalizer") && !has("pre_tokenizer");
  }

  /** The error for a setting that is not as it must be. */
  refusal(path: string, expected: string, found: unknown): FlmError {
    return this.#fail(
      `${path}: expected ${expected}, found ${describeValue(found)}; text would get other ids ` +
        `here than the file says`,
    );
  }

  /** A part of the document by a section of its own. @throws {FlmError} if it does not fit. */
  read<T>(path: string, value: unknown, section: AnySection & Section<T>): T {
    type Whole = Record<string, T>;
    const whole = { doc: section.doc, keys: { [path]: section } } as AnySection & Section<Whole>;
    return readShape<Whole>({ [path]: value }, whole, this.#document)[path]!;
  }

  /**
   * The part `key` with its path and type; null if there is none. A sequence of one stands for that
   * one.
   */
  component(key: "normalizer" | "pre_tokenizer"): Component | null {
    let path: string = key;
    let value = this.json[key];
    while (value !== null) {
      const { type } = this.read(path, value, TYPED);
      const within = SEQUENCES[key];
      const items = type === "Sequence" && isMapping(value) ? value[within] : undefined;
      if (!Array.isArray(items) || items.length > 1) return { path, type, value };
      path = `${path}.${within}[0]`;
      value = items[0] ?? null;
    }
    return null;
  }

  /**
   * What `model.type` is, or was meant to be by versions before 0.9, which did not write it: byte
   * pairs have merges, and of word pieces the length is limited.
   */
  modelType(): unknown {
    const { type, merges, max_input_chars_per_word: limit } = this.json.model;
    if (type !== undefined) return type;
    return merges !== undefined ? "BPE" : limit !== undefined ? "WordPiece" : undefined;
  }

  /**
   * Refuses what changes the ids of whole texts: that they are cut or filled up, and specials that
   * are put around them other than `framing`.
   */
  refuseFraming(framing: readonly string[]): void {
    for (const key of ["truncation", "padding"] as const) {
      const found = this.json[key];
      if (found !== null) throw this.refusal(key, "null (see data.packing)", found);
    }
    for (const special of specialsOf(this.json.post_processor)) {
      if (framing.some((each) => each === special)) continue;
      throw this.refusal("post_processor", `no specials but ${framing.join(" and ")}`, special);
    }
  }
}

/** A normalizer or pre-tokenizer. */
export interface Component {
  /** Where it is in the document. */
  readonly path: string;
  /** Its kind. */
  readonly type: string;
  /** All of it. */
  readonly value: unknown;
}

const TYPED: Section<{ type: string }> = {
  doc: "A part of a tokenizer.",
  keys: { type: text({ doc: "Its kind." }) },
};

/** The list in a sequence. */
const SEQUENCES = { normalizer: "normalizers", pre_tokenizer: "pretokenizers" } as const;

/** The specials that a post-processor puts around a single text. */
function specialsOf(processor: unknown): unknown[] {
  if (!isMapping(processor)) return [];
  const { type, cls, sep, single, processors } = processor;
  if (type === "Sequence") return asList(processors).flatMap(specialsOf);
  if (type === "TemplateProcessing") {
    return asList(single).flatMap((item) =>
      isMapping(item) && isMapping(item.SpecialToken) ? [item.SpecialToken.id] : []
    );
  }
  return [cls, sep].filter((pair) => pair !== undefined).map((pair) => asList(pair)[0]);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
