/**
 * Dicts and lists of tensors in files of torch.save.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { describePickled } from "../pickle/values.ts";
import { describeKey } from "../schema/field.ts";
import { TorchTensor } from "./tensor.ts";

/**
 * The tensors of a dict by name, or those of a list by position.
 *
 * @param file What messages call the file.
 * @param where What they call the value in it, such as `state_dict`.
 * @throws {CheckpointError} if it is neither, is empty, or holds anything else.
 */
export function requireTensors(
  file: { readonly name: string },
  where: string,
  value: unknown,
): Map<string, TorchTensor> {
  const fail = (place: string, found: unknown, expected: string) =>
    new CheckpointError(
      `Cannot read ${file.name}: ${place} is ${describePickled(found)}, expected ${expected}. ` +
        `Nothing that the file asks for was run.`,
    );
  const isItems = value instanceof Map || Array.isArray(value);
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of isItems ? value.entries() : []) {
    if (typeof key !== "string" && typeof key !== "number") {
      throw fail(`a key of ${where}`, key, "a name");
    }
    if (!(item instanceof TorchTensor)) {
      throw fail(`${where}[${describeKey(String(key))}]`, item, "a tensor");
    }
    tensors.set(String(key), item);
  }
  if (tensors.size === 0) throw fail(where, value, "a dict of tensors, or a list");
  return tensors;
}
