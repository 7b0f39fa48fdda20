/**
 * What is known of the tokens of a configuration before its shards are made.
 *
 * @module
 */

import type { DataConfig } from "../config/config.ts";
import { DataError } from "../errors.ts";
import { tokenizerOf } from "../text/create_tokenizer.ts";
import type { TokenSizes } from "./dry_training.ts";

/**
 * The sizes of a configuration's tokenizer; of one that is yet to be learned, what the
 * configuration says.
 *
 * @throws {DataError} if its vocabulary cannot be had.
 */
export async function tokenSizesOf(
  data: Pick<DataConfig, "tokenizer" | "tokenizerFile" | "vocabSize" | "dir">,
): Promise<TokenSizes> {
  try {
    const { vocabSize, padId } = await tokenizerOf(data);
    return { vocabSize, padId };
  } catch (error) {
    const { vocabSize } = data;
    if (!(error instanceof DataError) || vocabSize === null) throw error;
    // The last of the ids, as of every tokenizer of byte pairs.
    return { vocabSize, padId: vocabSize - 1 };
  }
}
