/**
 * The names that PyTorch's pickles have for types of elements.
 *
 * @module
 */

import type { DType } from "../safetensors/dtype.ts";

/** Types by the name of their class of storages, all in the module `torch`. */
const STORAGES: ReadonlyMap<string, DType> = new Map([
  ["DoubleStorage", "F64"],
  ["FloatStorage", "F32"],
  ["HalfStorage", "F16"],
  ["BFloat16Storage", "BF16"],
  ["LongStorage", "I64"],
  ["IntStorage", "I32"],
  ["ShortStorage", "I16"],
  ["CharStorage", "I8"],
  ["ByteStorage", "U8"],
  ["BoolStorage", "BOOL"],
]);

/** Types by their own name in the module `torch`, for tensors over storages without a type. */
const DTYPES: ReadonlyMap<string, DType> = new Map([
  ["float64", "F64"],
  ["float32", "F32"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["float8_e4m3fn", "F8_E4M3"],
  ["float8_e5m2", "F8_E5M2"],
  ["int64", "I64"],
  ["int32", "I32"],
  ["int16", "I16"],
  ["int8", "I8"],
  ["uint64", "U64"],
  ["uint32", "U32"],
  ["uint16", "U16"],
  ["uint8", "U8"],
  ["bool", "BOOL"],
]);

/** Storages without a type, whose elements are bytes. */
const UNTYPED = ["torch.storage.UntypedStorage", "torch.UntypedStorage"];

/**
 * The type of a class of storages.
 *
 * @param path `MODULE.NAME`.
 * @returns undefined for those that are not read here, such as complex and quantized numbers.
 */
export function storageType(path: string): DType | undefined {
  if (UNTYPED.includes(path)) return "U8";
  return path.startsWith("torch.") ? STORAGES.get(path.slice("torch.".length)) : undefined;
}

/** The type of a name such as `torch.uint16`; undefined if there is none. */
export function typeNamed(path: string): DType | undefined {
  return path.startsWith("torch.") ? DTYPES.get(path.slice("torch.".length)) : undefined;
}

/** The name of a type's class of storages in the module `torch`; undefined if it has none. */
export function storageName(dtype: DType): string | undefined {
  for (const [name, type] of STORAGES) if (type === dtype) return name;
  return undefined;
}
