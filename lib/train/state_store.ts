/**
 * State that has a number for each parameter: moments, averages.
 *
 * @module
 */

import { ParameterStore } from "../model/parameters.ts";

/**
 * A store of the same parameters in the same places as `store`, all zero and without
 * gradients, so that one dispatch a segment updates it.
 *
 * @param has Which groups of parameters it has: all unless told. Its segments are those of these
 * groups, in their order.
 */
export function zerosLike(
  store: ParameterStore,
  has: (group: string) => boolean = () => true,
): ParameterStore {
  const specs = store.specs.filter(({ group = "" }) => has(group)).map((spec) => ({
    ...spec,
    init: { kind: "constant", value: 0 } as const,
  }));
  return new ParameterStore(store.gpu, specs, false);
}
