/**
 * What a configuration may leave open: a run settles it when it begins, and keeps to it.
 *
 * @module
 */

import type { NoiseName } from "./type_names.ts";
import type { Config } from "./types.ts";

/** A configuration that says how noise is drawn. */
export function withNoise(config: Config, noise: NoiseName): Config {
  return { ...config, flow: { ...config.flow, noise } };
}

/**
 * The configuration of a run, without what `wanted` leaves open: what the run has made of that is
 * no difference between the two.
 */
export function asOpenAs(wanted: Config, config: Config): Config {
  if (wanted.flow.noise !== null) return config;
  return { ...config, flow: { ...config.flow, noise: null } };
}
