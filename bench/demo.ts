/**
 * The configuration of a small model, whose sizes the benchmarks take.
 *
 * @module
 */

import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/config_file.ts";
import type { DitConfig } from "../lib/model/dit_specs.ts";
import { tokenizerOf } from "../lib/text/create_tokenizer.ts";

/** Sizes by which figures stay comparable, whatever the demo's are. */
const SIZES = {
  "data.tokenizer": "text8",
  "data.vocabSize": "null",
  "data.length": "64",
  "model.hiddenSize": "128",
  "model.numBlocks": "4",
  "model.numHeads": "4",
  "train.batchSize": "32",
};

/** The demo as a model of characters: data/demo.yaml in these sizes, and its network. */
export async function loadDemo(): Promise<{ config: Config; model: DitConfig }> {
  const config = await loadConfig(`${import.meta.dirname}/../data/demo.yaml`, SIZES);
  const { vocabSize } = await tokenizerOf(config.data);
  const { length } = config.data;
  return { config, model: { ...config.model, vocabSize, length, doubleTemb: false } };
}
