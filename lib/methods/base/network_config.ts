/**
 * The networks that configurations describe.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import type { DitConfig } from "../../model/dit_specs.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";

/** The network that a configuration describes, for a tokenizer; it is asked for one time. */
export function networkConfig(config: Config, tokenizer: Tokenizer): DitConfig {
  return {
    ...config.model,
    vocabSize: tokenizer.vocabSize,
    length: config.data.length,
    doubleTemb: false,
  };
}
