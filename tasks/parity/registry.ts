/**
 * Which check belongs to which golden file.
 *
 * @module
 */

import type { GoldenCheck } from "./check.ts";
import { checkCheckpoints } from "./checkpoints.ts";
import { checkDistillLoss } from "./distill_loss.ts";
import { checkDitForward } from "./dit_forward.ts";
import { checkEmaOptimizer } from "./ema_optimizer.ts";
import { checkEntropy } from "./entropy.ts";
import { checkFlmLoss } from "./flm_loss.ts";
import { checkGenPpl } from "./gen_ppl.ts";
import { checkGpt2Logits } from "./gpt2_logits.ts";
import { checkGroupTexts } from "./group_texts.ts";
import { checkLm1bDetokenizer } from "./lm1b_detokenizer.ts";
import { checkPsdLoss } from "./psd_loss.ts";
import { checkPsdSamplers } from "./psd_samplers.ts";
import { checkSamplers } from "./samplers.ts";
import { checkSchedule } from "./schedule.ts";
import { checkSecondStageLoss } from "./second_stage_loss.ts";
import { checkTimeSampling } from "./time_sampling.ts";

/** The checks by the kind of file that they are for. */
const CHECKS: Readonly<Record<string, GoldenCheck>> = {
  schedule: checkSchedule,
  time_sampling: checkTimeSampling,
  ema_optimizer: checkEmaOptimizer,
  entropy: checkEntropy,
  gen_ppl: checkGenPpl,
  group_texts: checkGroupTexts,
  lm1b_detokenizer: checkLm1bDetokenizer,
  gpt2_logits: checkGpt2Logits,
  dit_forward: checkDitForward,
  flm_loss: checkFlmLoss,
  flm_loss_llw: checkFlmLoss,
  flm_loss_capped: checkFlmLoss,
  distill_loss: checkDistillLoss,
  second_stage_loss: checkSecondStageLoss,
  psd_loss: checkPsdLoss,
  samplers: checkSamplers,
  ckpt: checkCheckpoints,
  psd_samplers: checkPsdSamplers,
};

/**
 * The check of a golden file, or undefined if there is none yet. A stem is a kind, or a
 * configuration's name (one word) before it: `schedule`, `tiny_flm_loss`.
 */
export function checkOf(stem: string): GoldenCheck | undefined {
  for (const kind of [stem, stem.replace(/^[^_]+_/, "")]) {
    if (Object.hasOwn(CHECKS, kind)) return CHECKS[kind];
  }
  return undefined;
}

/** Whether a golden file is of a network's numbers, which have bounds in mixed precision too. */
export function isOfNetwork(stem: string): boolean {
  return /(^|_)(dit_forward|loss)(_|$)/.test(stem);
}

/** Whether a golden file holds weights, which are inputs of other files' checks. */
export function isWeights(stem: string): boolean {
  return /(^|_)weights(_|$)/.test(stem);
}
