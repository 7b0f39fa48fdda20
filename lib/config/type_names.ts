/**
 * Names for the types of some keys.
 *
 * @module
 */

import type { Config, DataConfig, FlowConfig, TrainConfig } from "./types.ts";

/** The names of the tokenizers that a configuration may ask for. */
export type TokenizerName = DataConfig["tokenizer"];

/** The names of the detokenizers that a configuration may ask for. */
export type DetokenizerName = NonNullable<DataConfig["detokenizer"]>;

/** The ways in which texts fill blocks. */
export type PackingName = DataConfig["packing"];

/** The ways in which noise is drawn. */
export type NoiseName = NonNullable<FlowConfig["noise"]>;

/** What networks are stored in while they train: f32, or f16 in part. */
export type TrainPrecision = TrainConfig["precision"];

/** Settings that only one method knows, by name. */
export type MethodOptions = Config["options"];
