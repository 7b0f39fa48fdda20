/**
 * The running averages in Lightning checkpoints of the reference: lists of tensors, which have no
 * names but their places.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { describePickled } from "../../pickle/values.ts";
import { describeKey } from "../../schema/field.ts";
import { requireTensors } from "../../torch/require_tensors.ts";
import type { TorchTensor } from "../../torch/tensor.ts";

/** A running average in a file. */
export interface StoredAverage {
  /** Its decay; undefined if it does not say. */
  readonly decay: number | undefined;
  /** Where it stands, for messages. */
  readonly place: string;
  /** Its tensors. */
  readonly tensors: readonly TorchTensor[];
}

/**
 * The averages of a file: that of `ema` first, then the others of `ema_list`.
 *
 * @throws {CheckpointError} if one is something else.
 */
export function storedAverages(
  file: { readonly name: string },
  saved: ReadonlyMap<unknown, unknown>,
): StoredAverage[] {
  const found: StoredAverage[] = [];
  const first = saved.get("ema");
  if (first !== undefined && first !== null) found.push(averageOf(file, "ema", first));
  const list = saved.get("ema_list");
  for (const [key, value] of list instanceof Map ? list : []) {
    const average = averageOf(file, `ema_list[${describeKey(String(key))}]`, value, Number(key));
    if (found.every(({ decay }) => decay !== average.decay)) found.push(average);
  }
  return found;
}

function averageOf(
  file: { readonly name: string },
  place: string,
  value: unknown,
  named = NaN,
): StoredAverage {
  if (!(value instanceof Map) || !value.has("shadow_params")) {
    throw new CheckpointError(
      `Cannot read ${file.name}: ${place} is ${describePickled(value)}, expected a running ` +
        `average with its shadow_params.`,
    );
  }
  const decay = value.get("decay");
  const tensors = requireTensors(file, `${place}.shadow_params`, value.get("shadow_params"));
  return {
    decay: typeof decay === "number" ? decay : Number.isNaN(named) ? undefined : named,
    place,
    tensors: [...tensors.values()],
  };
}

/** A parameter of the model whose average is meant. */
export interface NamedShape {
  /** Its name. */
  readonly name: string;
  /** Its shape. */
  readonly shape: readonly number[];
}

/**
 * Gives the tensors of an average their names: those of the model's parameters, in their order.
 *
 * @throws {CheckpointError} if there are more or fewer of them, or one is of another shape.
 */
export function namedAverage(
  location: string,
  { place, tensors }: StoredAverage,
  parameters: readonly NamedShape[],
): Map<string, TorchTensor> {
  const mend = `The last step's weights are there: --weights model takes them.`;
  if (tensors.length !== parameters.length) {
    throw new CheckpointError(
      `The running average of ${location} does not fit its model: ${place} has ${tensors.length} ` +
        `tensors, the model has ${parameters.length} parameters. ${mend}`,
    );
  }
  return new Map(parameters.map(({ name, shape }, i) => {
    const tensor = tensors[i]!;
    if (String(tensor.shape) === String(shape)) return [name, tensor];
    throw new CheckpointError(
      `The running average of ${location} does not fit its model: tensor ${i} of ${place} has the ` +
        `shape [${tensor.shape}], the parameter ${name} in its place [${shape}]. ${mend}`,
    );
  }));
}
