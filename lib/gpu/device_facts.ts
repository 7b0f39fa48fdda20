/**
 * What numbers depend on besides the work itself.
 *
 * @module
 */

import type { Gpu } from "./gpu.ts";

/** What the last bits of a device's results depend on, as values of JSON by their names. */
export function deviceFacts(gpu: Gpu): Readonly<Record<string, unknown>> {
  return {
    ...{ adapter: gpu.adapterName, backend: gpu.backend, kind: gpu.kind },
    ...{ f16: gpu.hasF16, matrixUnits: gpu.matrixUnits ?? null, refused: gpu.refused },
    maxBindingBytes: gpu.maxBindingBytes,
  };
}
