/**
 * How good texts and models are: entropy, perplexity under a judge, and validation losses.
 *
 * @example How many different tokens texts have
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { meanTokenEntropy, meanUniqueTokens } from "@flm/flm/eval";
 *
 * const texts = [Uint32Array.of(3, 3, 4, 4), Uint32Array.of(5, 5, 5, 5)];
 * assertEquals(meanUniqueTokens(texts), 1.5);
 * assert(Math.abs(meanTokenEntropy(texts) - Math.log(2) / 2) < 1e-12);
 * ```
 *
 * @module
 */

export type { BoundConfig, EvaluationConfig } from "../config/types.ts";
export type { HubOptions } from "../hub/hub.ts";
export { type Gpt2Config, gpt2ParameterSpecs, parseGpt2Config } from "../model/gpt2_config.ts";
export { loadGpt2, loadGpt2Weights } from "../model/gpt2_load.ts";
export { Gpt2 } from "../model/gpt2.ts";
export { timeGridLoss, type TimeGridOptions } from "../methods/flm/time_grid_loss.ts";
export { flmValidationLoss } from "../methods/flm/validation.ts";
export { ArJudge } from "./ar_judge.ts";
export { meanTokenEntropy, meanUniqueTokens, tokenEntropy } from "./entropy.ts";
export {
  type GenerativePerplexity,
  generativePerplexity,
  type ScoreOptions,
  scoreTexts,
  type TextScore,
} from "./generative_perplexity.ts";
export { Gpt2Judge, type Gpt2JudgeOptions } from "./gpt2_judge.ts";
export type { Judge } from "./judge.ts";
export { judgeTokens, sampleText } from "./judge_tokens.ts";
export { type JudgeLocation, locateJudge, openJudge, type OpenJudgeOptions } from "./open_judge.ts";
export { type NllSum, perplexityOf, scoredTokens, sumScored } from "./scored_tokens.ts";
