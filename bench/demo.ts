/**
 * The demo's configuration, whose sizes the benchmarks take.
 *
 * @module
 */

import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/config_file.ts";
import type { DitConfig } from "../lib/model/dit_specs.ts";
import { tokenizerOf } from "../lib/text/create_tokenizer.ts";

/** The demo: data/demo.yaml, and the network that it describes. */
export async function loadDemo(): Promise<{ config: Config; model: DitConfig }> {
  const config = await loadConfig(`${import.meta.dirname}/../data/demo.yaml`);
  const { vocabSize } = await tokenizerOf(config.data);
  const { length } = config.data;
  return { config, model: { ...config.model, vocabSize, length, doubleTemb: false } };
}
