/**
 * Element types of safetensors files and their decoding to numbers.
 *
 * @module
 */

/** The name of an element type as safetensors writes it. */
export type DType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E4M3"
  | "F8_E5M2"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

/** Bytes of one element. */
const ELEMENT_SIZES: Readonly<Record<DType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** Arrays that tensors can be read into, by the name of the kind. */
export interface ArrayKinds {
  /** float32, from any floating-point type but the 8-bit ones (F64 is rounded). */
  f32: Float32Array<ArrayBuffer>;
  /** float16, from the same types, rounded; what it cannot hold becomes infinite. */
  f16: Float16Array<ArrayBuffer>;
  /** float64, from the same types, exactly. */
  f64: Float64Array<ArrayBuffer>;
  /** int32, from any integer type or BOOL whose values fit. */
  i32: Int32Array<ArrayBuffer>;
}

/** The name of a kind of array that tensors can be read into. */
export type ArrayKind = keyof ArrayKinds;

/** Whether a text names an element type. */
export function isDType(text: unknown): text is DType {
  return typeof text === "string" && Object.hasOwn(ELEMENT_SIZES, text);
}

/** Bytes of one element. */
export function elementSize(dtype: DType): number {
  return ELEMENT_SIZES[dtype];
}

/** Whether a type's elements can be decoded to a kind of array. */
export function isDecodable(dtype: DType, kind: ArrayKind): boolean {
  if (dtype === "F8_E4M3" || dtype === "F8_E5M2") return false;
  const isFloat = dtype.startsWith("F") || dtype === "BF16";
  return isFloat === (kind !== "i32");
}

/** Whether the bytes of a type are the bytes of a kind of array. */
export function isSameLayout(dtype: DType, kind: ArrayKind): boolean {
  return dtype === { f32: "F32", f16: "F16", f64: "F64", i32: "I32" }[kind];
}

/** A zeroed array of a kind. */
export function newArray<K extends ArrayKind>(kind: K, length: number): ArrayKinds[K];
export function newArray(kind: ArrayKind, length: number): ArrayKinds[ArrayKind] {
  switch (kind) {
    case "f32":
      return new Float32Array(length);
    case "f16":
      return new Float16Array(length);
    case "f64":
      return new Float64Array(length);
    case "i32":
      return new Int32Array(length);
  }
}

/**
 * Decodes little-endian elements into `target` from index `start` on. The pair
 * of types must be {@linkcode isDecodable}.
 *
 * @throws {RangeError} if an integer does not fit an int32.
 * @throws {TypeError} if elements of the type cannot be decoded.
 */
export function decodeInto(
  target: ArrayKinds[ArrayKind],
  start: number,
  dtype: DType,
  bytes: ArrayBuffer,
): void {
  switch (dtype) {
    case "F64":
      return target.set(new Float64Array(bytes), start);
    case "F32":
      return target.set(new Float32Array(bytes), start);
    case "F16":
      return target.set(new Float16Array(bytes), start);
    case "BF16":
      // A bfloat16 is the upper half of a float32.
      return target.set(
        new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer),
        start,
      );
    case "I32":
      return target.set(new Int32Array(bytes), start);
    case "I16":
      return target.set(new Int16Array(bytes), start);
    case "I8":
      return target.set(new Int8Array(bytes), start);
    case "U16":
      return target.set(new Uint16Array(bytes), start);
    case "U8":
    case "BOOL":
      return target.set(new Uint8Array(bytes), start);
    case "I64":
      return setChecked(target, start, new BigInt64Array(bytes));
    case "U64":
      return setChecked(target, start, new BigUint64Array(bytes));
    case "U32":
      return setChecked(target, start, new Uint32Array(bytes));
    case "F8_E4M3":
    case "F8_E5M2":
      throw new TypeError(`Cannot decode elements of type ${dtype}`);
  }
}

/** Copies integers that may be too large for an int32. */
function setChecked(
  target: ArrayKinds[ArrayKind],
  start: number,
  values: BigInt64Array | BigUint64Array | Uint32Array,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value !== (value | 0)) throw new RangeError(`${values[i]} does not fit a 32-bit integer`);
    target[start + i] = value;
  }
}
