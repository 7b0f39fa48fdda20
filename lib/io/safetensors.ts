/**
 * The safetensors file format: reading from files and web addresses, writing
 * atomically.
 *
 * @module
 */

export type { ByteSource } from "./byte_source.ts";
export type { ArrayKind, ArrayKinds, DType } from "./dtype.ts";
export type { TensorInfo, TensorSpec } from "./safetensors_header.ts";
export { SafetensorsFile, type TensorPiece } from "./safetensors_reader.ts";
export { safetensorsBytes, type TensorData, writeSafetensors } from "./safetensors_writer.ts";
