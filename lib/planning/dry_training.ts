/**
 * Trainings on dry devices: the models that they learn from are there by their sizes alone.
 *
 * @module
 */

import type { Frozen } from "../checkpoint/frozen.ts";
import type { Config } from "../config/config.ts";
import { openDryGpu } from "../gpu/dry.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Method } from "../methods/base/method.ts";
import { methodOf } from "../methods/table.ts";
import { trainingOf } from "../methods/train_run.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Training } from "../train/training.ts";

/** What is known of the tokens before there are any. */
export type TokenSizes = Pick<Tokenizer, "vocabSize" | "padId">;

/** A training of a configuration, and the tokens that it is to see. */
export interface PlannedTraining {
  /** The configuration. */
  readonly config: Config;
  /** By which method. */
  readonly method: Method;
  /** Its tokens. */
  readonly tokens: TokenSizes;
}

/** The training, with the models that it learns from in the device's memory. */
export function dryTraining(gpu: Gpu, planned: PlannedTraining): Training {
  return trainingOf(planned.method, inputsOf(gpu, planned));
}

function inputsOf(gpu: Gpu, planned: PlannedTraining) {
  const { config, method, tokens } = planned;
  const frozen = Object.entries(method.learnsFrom).map(([role, kind]) => {
    const learned = methodOf(kind);
    const modelConfig = networkOf({ ...planned, method: learned });
    return [role, dryFrozen(gpu, learned, modelConfig)];
  });
  // Networks are made for so many tokens, and ask for nothing else.
  return { config, tokenizer: tokens as Tokenizer, frozen: Object.fromEntries(frozen) };
}

/** The sizes of the network that a training makes. */
export function networkOf(planned: PlannedTraining): DitConfig {
  using scratch = openDryGpu();
  return planned.method.training(inputsOf(scratch, planned)).modelConfig;
}

function dryFrozen(gpu: Gpu, { networkClass, title }: Method, config: DitConfig): Frozen {
  const network = networkClass.create(gpu, config, false);
  return {
    network,
    identity: { step: 0, sha256: "" },
    location: title,
    dataHash: "",
    learnedFrom: undefined,
    [Symbol.dispose]: () => network[Symbol.dispose](),
  };
}
