/**
 * The flag of programs that use a GPU.
 *
 * @module
 */

import { BACKEND_VARIABLE, BACKENDS } from "../gpu/backend.ts";
import { oneOf } from "../schema/field.ts";
import { inGroup } from "./flag_group.ts";
import { optional } from "./flags.ts";

/** The way to the device. */
export const BACKEND_FLAG = inGroup("machine", {
  backend: optional(oneOf(BACKENDS, {
    doc: `The way to the GPU: Deno's own WebGPU (builtin), or Dawn, that of Chrome, which needs ` +
      `--allow-ffi (./flm gives it). Unless given, what ${BACKEND_VARIABLE} says, else builtin.`,
  })),
});
