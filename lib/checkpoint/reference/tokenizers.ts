/**
 * Which tokenizer a model of the reference has.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { describeKey } from "../../schema/field.ts";
import { createTokenizer, TOKENIZER_NAMES } from "../../text/create_tokenizer.ts";
import { IdsTokenizer } from "../../text/ids.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { VocabularyFile } from "../../text/tokenizer_file.ts";

/** Tokens of the vocabularies that are published. */
const SIZES: Readonly<Record<string, number>> = { "gpt2": 50258, "bert-base-uncased": 30522 };

/** The tokenizer whose texts are token ids, for models whose own is not here. */
export const IDS = "ids";

/** The tokenizer here that the reference, or another program, calls by this name. */
function ownName(name: string): string | undefined {
  const short = name.replace(/\/+$/, "").replace(/^.*\//, "");
  return TOKENIZER_NAMES.find((each) => each === short) ??
    (/^gpt-?2(-(medium|large|xl))?$/.test(short) ? "gpt2" : undefined);
}

/**
 * The tokenizer of a model: as a person says it, as its configuration calls it, or the only one
 * whose vocabulary is as large.
 *
 * @returns null if it is none that is here.
 */
export function tokenizerName(
  vocabSize: number,
  hint: string | undefined,
  told: string | undefined,
): string | null {
  if (told !== undefined) return told;
  const named = hint === undefined ? undefined : ownName(hint);
  if (named !== undefined && (SIZES[named] ?? vocabSize) === vocabSize) return named;
  return Object.keys(SIZES).find((name) => SIZES[name] === vocabSize) ?? null;
}

/** A model whose tokenizer is wanted. */
export interface TokenizerWish {
  /** Where the model is, for messages. */
  readonly location: string;
  /** {@linkcode tokenizerName}. */
  readonly name: string | null;
  /** What its configuration calls it. */
  readonly hint: string | undefined;
  /** Tokens of its vocabulary. */
  readonly vocabSize: number;
  /** A file of the model with the vocabulary, or its text; null for the published one. */
  readonly file: VocabularyFile | null;
  /** What tells its versions apart, if the model says it. */
  readonly fingerprint?: string;
}

/**
 * Makes the tokenizer of a model.
 *
 * @throws {CheckpointError} if it is not known, or has not as many tokens as the model.
 * @throws {FlmError} if its vocabulary cannot be had.
 */
export async function makeTokenizer(
  { location, name, hint, vocabSize, file, fingerprint = "" }: TokenizerWish,
): Promise<Tokenizer> {
  const mend = `Say which it is by --tokenizer NAME: one of ${TOKENIZER_NAMES.join(", ")}, of ` +
    `which ids has any vocabulary and writes the numbers of tokens in place of text.`;
  if (name === null) {
    const said = hint === undefined ? "" : `, which it calls ${describeKey(hint)},`;
    throw new CheckpointError(
      `The tokenizer of ${location}${said} is not known here: its vocabulary has ${vocabSize} ` +
        `tokens. ${mend}`,
    );
  }
  if (name === IDS) return await IdsTokenizer.ofSize(vocabSize);
  const tokenizer = await createTokenizer(name, { file });
  if (tokenizer.vocabSize === vocabSize) {
    if (fingerprint === "" || fingerprint === tokenizer.fingerprint) return tokenizer;
    throw new CheckpointError(
      `${location} was trained with another version of the tokenizer ${name} (fingerprint ` +
        `${fingerprint.slice(0, 12)}, here ${tokenizer.fingerprint.slice(0, 12)}).`,
    );
  }
  throw new CheckpointError(
    `The tokenizer ${name} does not fit ${location}: it has ${tokenizer.vocabSize} tokens, the ` +
      `model's vocabulary has ${vocabSize}. ${mend}`,
  );
}
