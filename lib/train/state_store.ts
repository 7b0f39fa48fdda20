/**
 * State that has a number for each parameter: moments, averages.
 *
 * @module
 */

import { ParameterStore } from "../model/parameters.ts";

/**
 * A store of the same parameters in the same places as `store`, all zero and without
 * gradients, so that one dispatch a segment updates it.
 */
export function zerosLike(store: ParameterStore): ParameterStore {
  const specs = store.specs.map((spec) => ({
    ...spec,
    init: { kind: "constant", value: 0 } as const,
  }));
  return new ParameterStore(store.gpu, specs, false);
}
