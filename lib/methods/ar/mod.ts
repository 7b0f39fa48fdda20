/**
 * The autoregressive baseline, from the same data and of the same size: a causal transformer. It
 * judges text and does not write it.
 *
 * @module
 */

import { CausalLm } from "../../model/causal_lm.ts";
import { initialise } from "../../model/initialise.ts";
import type { Method } from "../base/method.ts";
import { networkConfig } from "../base/network_config.ts";
import { causalObjective } from "./objective.ts";

/** The method. */
export const ar: Method<CausalLm, never> = {
  kind: "ar",
  title: "autoregressive model",
  networkClass: CausalLm,
  learnsFrom: {},
  section: "ar",
  options: null,
  next: null,
  isCrossEntropy: true,
  isDenoiser: false,
  writer: null,
  training({ config, tokenizer }) {
    return {
      modelConfig: { ...networkConfig(config, tokenizer), learnableLossWeighting: false },
      start: (model) => initialise(model, config.seed),
      objective: causalObjective,
    };
  },
  inputs: () => ({}),
};
