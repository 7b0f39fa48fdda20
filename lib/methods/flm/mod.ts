/**
 * FLM: a denoiser of corrupted one-hot text, trained from data by flow matching; it writes text by
 * following the flow step by step.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../errors.ts";
import { Dit } from "../../model/dit.ts";
import { initialise } from "../../model/initialise.ts";
import { flowWriter } from "../base/flow_writer.ts";
import type { Method } from "../base/method.ts";
import { networkConfig } from "../base/network_config.ts";
import { readOptions } from "../base/options.ts";
import { flmObjective } from "./objective.ts";
import { FLM_OPTIONS } from "./options.ts";
import { flmSteps } from "./steps.ts";
import { flmValidationLoss } from "./validation.ts";

/** The method. */
export const flm: Method<Dit, never> = {
  kind: "flm",
  title: "FLM",
  networkClass: Dit,
  learnsFrom: {},
  section: null,
  options: FLM_OPTIONS,
  next: null,
  isCrossEntropy: true,
  isDenoiser: true,
  writer: flowWriter(flmSteps),
  training({ config, tokenizer }) {
    const { headInit } = readOptions(config, FLM_OPTIONS);
    requireWideVocabulary(config, tokenizer.vocabSize);
    return {
      modelConfig: networkConfig(config, tokenizer),
      start: (model) => initialise(model, config.seed, { headInit }),
      choosesNoise: true,
      objective: flmObjective,
      validate: flmValidationLoss,
    };
  },
  inputs(config) {
    const { headInit } = readOptions(config, FLM_OPTIONS);
    const { noise } = config.flow;
    // Each is left out where it is as it was when there was but one.
    return {
      ...(headInit !== "zero" && { "options.headInit": headInit }),
      ...(noise === "projected" && { "flow.noise": noise }),
    };
  },
};

/** Projected noise stands for more numbers than it has. @throws {ConfigError} if it would not. */
function requireWideVocabulary({ flow, model }: Config, vocabSize: number): void {
  if (flow.noise !== "projected" || vocabSize >= model.hiddenSize) return;
  throw new ConfigError(
    `flow.noise: expected explicit, since the vocabulary (${vocabSize}) is smaller than ` +
      `model.hiddenSize (${model.hiddenSize}), found projected`,
  );
}
