/**
 * The tokenizer of a GPT-2 that judges: numbers of a model mean nothing for the tokens of another.
 *
 * @module
 */

import { CheckpointError, DataError, sentenceOf } from "../errors.ts";
import { type HubOptions, type ModelFolder, openModelFolder } from "../hub/hub.ts";
import { gpt2Sizes } from "../model/gpt2_config.ts";
import { exists } from "../system/exists.ts";
import { createTokenizer } from "../text/create_tokenizer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/**
 * The tokenizer of a GPT-2. A model that brings one of its own, as `tokenizer.json` or as
 * `vocab.json` and `merges.txt`, must bring GPT-2's.
 *
 * @param location A folder, an address or a name on the hub.
 * @throws {CheckpointError} if it is another one.
 * @throws {DataError} if a download fails, or the vocabulary cannot be had.
 */
export async function gpt2JudgeTokenizer(
  location: string,
  options: HubOptions = {},
): Promise<Tokenizer> {
  // The models that brought the tokenizer.
  const isPublished = gpt2Sizes(location) !== undefined && !await exists(location);
  const folder = await openModelFolder(location, options);
  const file = isPublished ? undefined : await ownTokenizer(folder);
  if (file === undefined) return await createTokenizer("gpt2");
  try {
    return await createTokenizer("gpt2", { file });
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new CheckpointError(
      `${location} cannot judge: of tokenizers beside a model only GPT-2's is known. ` +
        `${
          sentenceOf(cause.message)
        } If the model was trained with GPT-2's all the same, take ${file} away.`,
      { cause },
    );
  }
}

/** The path of a model's own tokenizer; undefined if it has none. */
async function ownTokenizer(folder: ModelFolder): Promise<string | undefined> {
  const whole = await folder.find("tokenizer.json");
  if (whole !== undefined) return whole;
  // Either is looked for beside the other.
  const merges = await folder.find("merges.txt");
  return await folder.find("vocab.json") ?? merges;
}
