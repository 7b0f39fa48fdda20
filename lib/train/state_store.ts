/**
 * State that has a number for each parameter: moments, averages.
 *
 * @module
 */

import { sizeOf, Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";
import { type ParameterSpec, ParameterStore, type Segment } from "../model/parameters.ts";
import type { MovedParameters, ParameterSlices } from "./parameter_slices.ts";

/** Numbers in the places of parameters: of all of them, or of a rank's slice. */
export interface StateStore extends Disposable {
  /** The flat buffers, as the parameters have them. */
  readonly segments: readonly Pick<Segment, "group" | "values">[];
  /** For saving and loading; of what is in slices of other ranks, without windows. */
  readonly tensors: readonly NamedTensor[];
}

/**
 * A store of the same parameters in the same places as `store`, all zero and without
 * gradients, so that one dispatch a segment updates it.
 *
 * @param has Which groups of parameters it has: all unless told. Its segments are those of these
 * groups, in their order.
 */
export function zerosLike(
  store: ParameterStore,
  has?: (group: string) => boolean,
): ParameterStore;
/** As much of such a state as parameters that may be a slice have. */
export function zerosLike(
  parameters: MovedParameters,
  has?: (group: string) => boolean,
): StateStore;
export function zerosLike(
  parameters: MovedParameters,
  has: (group: string) => boolean = () => true,
): StateStore {
  const specs = parameters.specs.filter(({ group = "" }) => has(group));
  if (!(parameters instanceof ParameterStore)) return new SlicedState(parameters, specs, has);
  const zeros = specs.map((spec) => ({
    ...spec,
    init: { kind: "constant", value: 0 } as const,
  }));
  return new ParameterStore(parameters.gpu, zeros, false);
}

/** A rank's slice of a state. */
class SlicedState implements StateStore {
  readonly segments: readonly Pick<Segment, "group" | "values">[];
  readonly tensors: readonly NamedTensor[];

  constructor(
    slices: ParameterSlices,
    specs: readonly ParameterSpec[],
    has: (group: string) => boolean,
  ) {
    const { gpu, store } = slices;
    const places: { slice: Tensor; values: Tensor }[] = [];
    this.segments = slices.segments.filter(({ group }) => has(group)).map(({ group, values }) => {
      const own = gpu.zeros([values.size]);
      places.push({ slice: values, values: own });
      return { group, values: own };
    });
    this.tensors = specs.map(({ name, shape }) => ({
      name,
      shape,
      windows: store.get(name).windows.flatMap(({ rowStart, value: { tensor } }) => {
        const first = rowStart * sizeOf(shape.slice(1));
        return places.flatMap(({ slice, values }) => overlap(tensor, first, slice, values));
      }),
    }));
  }

  [Symbol.dispose](): void {
    for (const { values } of this.segments) values.release();
  }
}

/**
 * The part of a window of a parameter that lies in a slice, as a window of the state.
 *
 * @param first Which number of the parameter the window begins with.
 */
function overlap(
  window: Tensor,
  first: number,
  slice: Tensor,
  values: Tensor,
): NamedTensor["windows"] {
  if (window.buffer !== slice.buffer) return [];
  const from = Math.max(window.byteOffset, slice.byteOffset);
  const to = Math.min(
    window.byteOffset + window.byteLength,
    slice.byteOffset + slice.byteLength,
  );
  if (from >= to) return [];
  const tensor = new Tensor(values.buffer, from - slice.byteOffset, [(to - from) / 4]);
  return [{ start: first + (from - window.byteOffset) / 4, tensor }];
}
