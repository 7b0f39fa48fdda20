/**
 * The judge of a training's validations, which is there by its sizes alone.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { methodTraining } from "../methods/base/method_training.ts";
import { methodOfSection } from "../methods/table.ts";
import { CausalLm } from "../model/causal_lm.ts";
import { Gpt2 } from "../model/gpt2.ts";
import { gpt2Sizes } from "../model/gpt2_config.ts";
import { BATCH_TOKENS } from "../model/score_tokens.ts";
import { PERPLEXITY } from "../train/best.ts";
import { COMPARED_TEXTS } from "../train/validation_samples.ts";
import { networkOf, type PlannedTraining } from "./dry_training.ts";

/** A judge in the device's memory. */
export interface DryJudge extends Disposable {
  /** Scores as many texts of a validation as it gets at once. */
  score(): Promise<void>;
}

/** The name of the judge of a training's validations; null if it has none. */
export function judgeName({ config, method }: PlannedTraining): string | null {
  return methodTraining(config, method).train.evalJudge;
}

/**
 * The judge of a training's validations, to which a text has as many tokens as a block: the
 * recipe's own model, `ar`, or a GPT-2 by its name. Undefined if it has none, or one whose size is
 * not known by its name.
 */
export function openDryJudge(gpu: Gpu, planned: PlannedTraining): DryJudge | undefined {
  const { config, method } = planned;
  const { evalSamples, evalJudge, keepBest } = methodTraining(config, method).train;
  if (evalJudge === null) return undefined;
  const network = judgeNetwork(gpu, planned, evalJudge);
  if (network === undefined) return undefined;
  const length = Math.min(config.data.length, network.contextLength);
  // The best perplexity is the one that is nearest to that of validation text.
  const most = keepBest === PERPLEXITY ? Math.max(COMPARED_TEXTS, evalSamples) : evalSamples;
  const texts = Math.min(most, Math.max(1, Math.floor(BATCH_TOKENS / length)));
  return {
    score: async () => void await network.model.score(new Uint32Array(texts * length), length),
    [Symbol.dispose]: () => network.model[Symbol.dispose](),
  };
}

function judgeNetwork(
  gpu: Gpu,
  planned: PlannedTraining,
  name: string,
): { model: CausalLm | Gpt2; contextLength: number } | undefined {
  if (name === "ar") {
    const config = networkOf({ ...planned, method: methodOfSection("ar") });
    return { model: CausalLm.create(gpu, config, false), contextLength: config.length };
  }
  const sizes = gpt2Sizes(name);
  if (sizes === undefined) return undefined;
  return { model: new Gpt2(gpu, sizes), contextLength: sizes.contextLength };
}
