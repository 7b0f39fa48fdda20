/**
 * The flags that `evaluate`, `eval-ppl` and `gen-ppl` have in common.
 *
 * @module
 */

import { BACKEND_FLAG } from "../../lib/cli/backend_flag.ts";
import { inGroup } from "../../lib/cli/flag_group.ts";
import { repeated } from "../../lib/cli/flags.ts";
import { TOLD_FLAGS, WEIGHTS_FLAG } from "../../lib/cli/model_flags.ts";
import { model } from "../../lib/cli/names.ts";
import { MAX_STEPS } from "../../lib/config/limits.ts";
import { TEMPERATURE, TOP_P } from "../../lib/eval/sharpened_way.ts";
import { integer, list, number } from "../../lib/schema/field.ts";

/** What each of the tasks measures, in one line. */
const MEASURES = {
  evaluate: "Measures the texts that models write, by rules: how varied their tokens are, and " +
    "what their corpus knows of right texts.",
  "eval-ppl": "Measures how likely validation text is to models, by the cross-entropy of its " +
    "tokens over an even grid of times. No text is written.",
  "gen-ppl": "Has a judge, such as GPT-2, say how likely the texts are that models write: their " +
    "generative perplexity.",
};

/** A task that measures models. */
export type MeasuringTask = keyof typeof MEASURES;

/** What a task measures, and which others measure something else; for its help text. */
export function measuringDoc(task: MeasuringTask): string {
  const others = Object.entries(MEASURES).filter(([name]) => name !== task);
  const lines = others.map(([name, doc]) => `  ${name.padEnd(8)}  ${doc}`);
  return [MEASURES[task], "", "See also:", ...lines].join("\n");
}

/** The argument that is a model's run; several may be given. */
export const RUN_ARGUMENTS = [{ name: "RUN", flag: "checkpoint" }] as const;

/** Which models are measured. */
export const MODEL_FLAGS = {
  checkpoint: repeated(model({
    doc:
      "The models: their runs, or checkpoints of these; .ckpt files, folders with config.json, " +
      "or hf:OWNER/NAME.",
  })),
  weights: WEIGHTS_FLAG,
  ...TOLD_FLAGS,
  ...BACKEND_FLAG,
};

/** The seed of all that is random. */
export const SEED = integer({ doc: "Seed of the noise.", min: 0, fallback: 0 });

/** How texts are drawn. */
export const DRAWING_FLAGS = {
  steps: list(integer({ min: 1, max: MAX_STEPS, unit: "steps" }), {
    doc: "Numbers of sampler steps.",
    fallback: [1, 2, 4, 8],
  }),
  gamma: list(number({ min: 0, max: 1 }), {
    doc: "Of denoiser flow maps: shares of the noise that each step renews.",
  }),
  temperature: list(TEMPERATURE, {
    doc: "What divides the model's logits: below 1 texts are likelier and less varied.",
    fallback: [1],
  }),
  topP: list(TOP_P, {
    doc: "Cuts predictions to the most likely tokens that sum to this probability.",
    fallback: [1],
  }),
  numSamples: integer({ doc: "Texts for each of them.", min: 1, unit: "texts", fallback: 64 }),
  seed: SEED,
  ...inGroup("machine", {
    batchSize: integer({
      doc: "Texts drawn at the same time; changes nothing but the speed.",
      min: 1,
      unit: "texts",
      fallback: 16,
    }),
  }),
};
