/**
 * What pickles of torch.save say of tensors, right or wrong.
 *
 * @module
 */

import {
  OrderedDict,
  PersistentId,
  PickleGlobal,
  PickleObject,
  Tuple,
} from "../../lib/pickle/values.ts";

/** A storage of elements of a type, such as `FloatStorage`. */
export function storageId(key: unknown, type: string, count: unknown): PersistentId {
  const [name, ...module] = type.split(".").reverse();
  const global = new PickleGlobal(["torch", ...module].join("."), name!);
  return new PersistentId(new Tuple(["storage", global, key, "cpu", count]));
}

/** A call that makes a tensor; `more` follows the arguments of `_rebuild_tensor_v2`. */
export function tensorCall(
  storage: unknown,
  offset: unknown,
  shape: readonly unknown[],
  strides: readonly unknown[],
  { name = "_rebuild_tensor_v2", more = [] }: { name?: string; more?: readonly unknown[] } = {},
): PickleObject {
  return new PickleObject(new PickleGlobal("torch._utils", name), [
    storage,
    offset,
    new Tuple(shape),
    new Tuple(strides),
    false,
    new OrderedDict(),
    ...more,
  ]);
}
