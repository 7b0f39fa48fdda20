/**
 * The judge that a recipe asks for.
 *
 * @module
 */

import type { Config } from "../../lib/config/config.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { openArCheckpoint } from "../../lib/eval/ar_judge.ts";
import { judgeIdentity } from "../../lib/eval/judge_identity.ts";
import { locateJudge } from "../../lib/eval/open_judge.ts";
import type { JudgeName } from "../gen_ppl/results.ts";
import { isOwnJudge, judgeFolder, locateNamedJudge } from "../runs/judge_place.ts";

/** A recipe's judge, as far as it is known without the network. */
export interface RecipeJudge extends JudgeName {
  /** SHA-256 (hex) of what it is; null of one that is not on this machine. */
  readonly judgeHash: string | null;
  /** Tokens of a text that it scores at most; null for all. */
  readonly maxTokens: number | null;
}

/** What a recipe says of its judge. */
export interface JudgeWish {
  /** Its name on the hub, or its folder. */
  readonly name: string;
  /** Tokens of a text that it scores at most; null for all. */
  readonly maxTokens: number | null;
}

/**
 * Finds out whether there is a judge that a recipe names, before all is made that it is to judge.
 *
 * @param key Where it is named, for the message.
 * @param judge Its name; the recipe's own is made on the way.
 * @throws {CheckpointError} if there is no such judge, or a run holds a model of another kind.
 */
export async function requireJudge(
  config: Pick<Config, "name">,
  key: string,
  judge: string,
): Promise<void> {
  if (isOwnJudge(config, judge)) return;
  const { kind, location } = await locateNamedJudge(key, judge);
  if (kind === "ar") await openArCheckpoint(location);
}

/** Finds out who it is that a recipe names. */
export async function recipeJudge({ name, maxTokens }: JudgeWish): Promise<RecipeJudge> {
  const place = await judgeFolder(name);
  const judgeHash = place === null ? null : await hashOf(place);
  return { judge: place ?? name, revision: null, judgeHash, maxTokens };
}

/** The hash of a judge on this machine; null if it is not whole, such as a run without weights. */
async function hashOf(folder: string): Promise<string | null> {
  try {
    return await judgeIdentity(await locateJudge(folder));
  } catch (error) {
    if (error instanceof CheckpointError) return null;
    throw error;
  }
}
