/**
 * What a judge's scores depend on, as one hash: so that scores are kept as long as they are those
 * of the judge that there is, whatever its name or folder.
 *
 * @module
 */

import { checkpointIdentity } from "../checkpoint/identity.ts";
import { CheckpointError } from "../errors.ts";
import type { HubOptions } from "../hub/hub.ts";
import { hashFile } from "../io/hash_file.ts";
import { gpt2Files } from "../model/gpt2_load.ts";
import { sha256Hex } from "../system/sha256.ts";
import { openArCheckpoint } from "./ar_judge.ts";
import { gpt2JudgeTokenizer } from "./gpt2_judge_tokenizer.ts";
import type { JudgeLocation } from "./open_judge.ts";

/**
 * A hash of a judge's weights, configuration and tokenizer. The files of a model on the hub are
 * downloaded, unless they are here. All bytes are read: sizes and times of files change less often
 * than their content.
 *
 * @throws {CheckpointError} if there is no such judge, a run holds a model of another kind, or a
 * GPT-2 has another tokenizer.
 * @throws {DataError} if a download fails.
 */
export async function judgeIdentity(
  { kind, location }: JudgeLocation,
  options: HubOptions = {},
): Promise<string> {
  if (kind === "ar") {
    const { checkpoint } = await openArCheckpoint(location);
    return await sha256Hex(JSON.stringify([kind, await checkpointIdentity(checkpoint)]));
  }
  const { configFile, weights } = await gpt2Files(location, options);
  const files: string[] = [];
  for (const file of [configFile, ...weights]) files.push(await hashFile(file, CheckpointError));
  const { fingerprint } = await gpt2JudgeTokenizer(location, options);
  return await sha256Hex(JSON.stringify([kind, ...files, fingerprint]));
}
