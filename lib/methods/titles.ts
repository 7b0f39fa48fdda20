/**
 * What people call the kinds of models.
 *
 * @module
 */

import type { ModelKind } from "../checkpoint/state.ts";

/** The title of each kind, as tables and messages have it. */
export const MODEL_TITLES: Readonly<Record<ModelKind, string>> = {
  flm: "FLM",
  flow_map: "flow map (stage 1)",
  second_stage: "flow map (stage 2)",
  psd: "denoiser flow map",
  ar: "autoregressive model",
};
