/**
 * The hash of all that token shards depend on.
 *
 * @module
 */

import { sha256Hex } from "../../system/sha256.ts";
import { isToLearn, type TokenizerToLearn } from "../../text/create_tokenizer.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { PreprocessOptions } from "./options.ts";

/** Raised whenever the same inputs would give other shards than before. */
const FORMAT_RULES = 3;
/** Raised whenever the same corpus would give another tokenizer than before. */
const LEARNING_RULES = 1;

/**
 * SHA-256 (hex) of everything that the shards of a corpus depend on: the
 * manifest's `configHash`.
 *
 * @param identity What the corpus says of itself.
 */
export async function shardsHash(
  identity: string,
  tokenizer: Tokenizer | TokenizerToLearn,
  options: Pick<
    PreprocessOptions,
    | "length"
    | "packing"
    | "detokenizer"
    | "validationFraction"
    | "validationDocuments"
    | "maxShardBytes"
  >,
): Promise<string> {
  const { length, packing = "stream", validationFraction, maxShardBytes = null } = options;
  const { validationDocuments = null, detokenizer = null } = options;
  // What is learned follows from the corpus and all else here.
  const fingerprint = isToLearn(tokenizer) ? `learned by ${LEARNING_RULES}` : tokenizer.fingerprint;
  return await sha256Hex(JSON.stringify([
    FORMAT_RULES,
    [identity, tokenizer.name, fingerprint, tokenizer.vocabSize],
    [length, packing, detokenizer, validationFraction, validationDocuments, maxShardBytes],
  ]));
}
