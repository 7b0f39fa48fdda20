/**
 * Whether tests that draw at random are to draw for long, as every night: `FLM_NIGHTLY=1`.
 *
 * @module
 */

/** Whether FLM_NIGHTLY is 1. */
export const IS_NIGHTLY: boolean = Deno.env.get("FLM_NIGHTLY") === "1";
