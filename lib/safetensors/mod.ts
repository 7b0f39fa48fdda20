/**
 * The safetensors file format: reading from files and web addresses, writing
 * atomically.
 *
 * @module
 */

export type { ByteSource } from "../io/byte_source.ts";
export type { ArrayKind, ArrayKinds, DType } from "./dtype.ts";
export type { LocatedTensor, TensorInfo, TensorSpec } from "./header.ts";
export { SafetensorsFile, type TensorPiece } from "./reader.ts";
export type { TensorFile } from "./tensor_file.ts";
export { safetensorsBytes, type TensorData, writeSafetensors } from "./writer.ts";
