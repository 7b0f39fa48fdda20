/**
 * What only an FLM's training is told.
 *
 * @module
 */

import { oneOf } from "../../schema/field.ts";
import type { Section } from "../../schema/tree.ts";

/** The `options` of a configuration whose method is `flm`. */
export interface FlmOptions {
  /**
   * How the output projection begins: at zero, as the reference's, or along the embedding, as
   * `initialise` tells.
   */
  readonly headInit: "zero" | "embedding";
}

/** Their kinds and defaults. */
export const FLM_OPTIONS: Section<FlmOptions> = {
  doc: "What only an FLM's training is told.",
  keys: {
    headInit: oneOf(["zero", "embedding"], {
      doc: "How the output projection begins: at zero as the reference's, or along the embedding.",
      fallback: "zero",
    }),
  },
};
