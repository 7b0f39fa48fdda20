/**
 * Numbers of samples on the GPU.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** A tensor [samples] for every name; all are freed together. */
export interface SampleTensors<Name extends string> extends Disposable {
  /** The tensors by name. */
  readonly of: Readonly<Record<Name, Tensor>>;
}

/** Uploads lists of one number a sample, as float32, or `u32` where they are integers of that. */
export function uploadSamples<Name extends string>(
  gpu: Gpu,
  lists: Readonly<Record<Name, Float64Array | Uint32Array>>,
): SampleTensors<Name> {
  const entries = Object.entries<Float64Array | Uint32Array>(lists).map(
    ([name, list]) =>
      [
        name,
        gpu.tensor(list instanceof Uint32Array ? list : new Float32Array(list)),
      ] as const,
  );
  return {
    of: Object.fromEntries(entries) as Record<Name, Tensor>,
    [Symbol.dispose]() {
      for (const [, tensor] of entries) tensor.release();
    },
  };
}
