/**
 * The judge that a recipe asks for.
 *
 * @module
 */

import { resolve } from "node:path";
import { shownPath } from "../../lib/cli/paths.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { openArCheckpoint } from "../../lib/eval/ar_judge.ts";
import { judgeIdentity } from "../../lib/eval/judge_identity.ts";
import { locateJudge } from "../../lib/eval/open_judge.ts";
import { exists } from "../../lib/system/exists.ts";
import { isUrl } from "../../lib/system/location.ts";
import type { JudgeName } from "../gen_ppl/results.ts";

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
 * Finds out whether there is the judge that a recipe names, before all is made that it is to judge.
 *
 * @param judge As `evaluation.judge` has it; "ar" is made on the way.
 * @throws {CheckpointError} if there is no such judge, or a run holds a model of another kind.
 */
export async function requireJudge(judge: string | null): Promise<void> {
  if (judge === null || judge === "ar") return;
  const { kind, location } = await locateJudge(await placeOf(judge) ?? judge);
  if (kind === "ar") await openArCheckpoint(location);
}

/** Finds out who it is that a recipe names. */
export async function recipeJudge({ name, maxTokens }: JudgeWish): Promise<RecipeJudge> {
  const place = await placeOf(name);
  const judgeHash = place === null ? null : await hashOf(place);
  return { judge: place ?? name, revision: null, judgeHash, maxTokens };
}

/** The folder that a judge's name means; null if it is none on this machine. */
async function placeOf(name: string): Promise<string | null> {
  // Paths in a configuration belong to the project's folder, where tasks run.
  const folder = shownPath(resolve(name));
  return !isUrl(name) && await exists(folder) ? folder : null;
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
