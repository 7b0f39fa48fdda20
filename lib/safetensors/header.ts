/**
 * The header of a safetensors file: eight bytes that count the JSON that
 * follows (little-endian), the JSON, then the tensors' bytes.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { describeJson, describeKey } from "../schema/field.ts";
import { contentOf } from "../system/content.ts";
import { type DType, elementSize, isDType } from "./dtype.ts";

/** What a tensor is called and how it is laid out (row-major). */
export interface TensorSpec {
  /** The tensor's name. */
  readonly name: string;
  /** The type of its elements. */
  readonly dtype: DType;
  /** Its size along each axis; none for a scalar. */
  readonly shape: readonly number[];
}

/** A tensor that lies somewhere in a file. */
export interface LocatedTensor extends TensorSpec {
  /** The product of the shape. */
  readonly numElements: number;
  /** Where its bytes begin, counted from the start of the file. */
  readonly byteOffset: number;
}

/** A tensor of a safetensors file, whose bytes are together. */
export interface TensorInfo extends LocatedTensor {
  /** How many bytes it has. */
  readonly byteLength: number;
}

/** A parsed header. */
export interface SafetensorsHeader {
  /** The tensors by name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Free text pairs, such as `format: "pt"`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes of the length that begins the file. */
export const LENGTH_BYTES = 8;
/** The limit of the format's own implementation. */
const MAX_HEADER_BYTES = 100_000_000;
/** As many as PyTorch knows. */
export const MAX_AXES = 64;
const METADATA_KEY = "__metadata__";

/**
 * Reads the length of the JSON from the first eight bytes.
 *
 * @param head These and some more, which tell what else the file is if not this.
 * @throws {CheckpointError} if a file of `fileSize` bytes cannot have it.
 */
export function parseHeaderLength(file: string, head: Uint8Array, fileSize: number): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getBigUint64(0, true);
  const isTooLong = length > MAX_HEADER_BYTES;
  if (!isTooLong && LENGTH_BYTES + Number(length) <= fileSize) return Number(length);
  const content = contentOf(head);
  if (content !== null) {
    throw new CheckpointError(
      `Cannot read ${file}: it is not a safetensors file; ${content.found}. ${content.mend}.`,
    );
  }
  throw new CheckpointError(
    isTooLong
      ? `Cannot read ${file}: it is not a safetensors file (its first bytes claim a header of ` +
        `${length} bytes)`
      : `Cannot read ${file}: its header should have ${length} bytes, but the file ends after ` +
        `${fileSize} bytes; it is truncated or not a safetensors file`,
  );
}

/**
 * Parses the JSON and checks that the tensors fill the rest of the file without
 * gap or overlap, as the format demands.
 *
 * @throws {CheckpointError} naming the file and the tensor at fault.
 */
export function parseHeader(file: string, json: Uint8Array, fileSize: number): SafetensorsHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (cause) {
    throw new CheckpointError(
      `Cannot read ${file}: its header is not JSON, so it is damaged or not a safetensors file`,
      { cause },
    );
  }
  if (!isRecord(parsed)) {
    throw new CheckpointError(`Cannot read ${file}: its header is not a JSON object`);
  }
  const dataStart = LENGTH_BYTES + json.length;
  let metadata: Record<string, string> = {};
  const found: TensorInfo[] = [];
  for (const [name, entry] of Object.entries(parsed)) {
    if (name === METADATA_KEY) metadata = parseMetadata(file, entry);
    else found.push(parseTensor(file, name, entry, dataStart));
  }
  found.sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  checkCoverage(file, found, dataStart, fileSize);
  return { tensors: new Map(found.map((tensor) => [tensor.name, tensor])), metadata };
}

/**
 * Lays tensors out in a file. Wider elements come first, so that every tensor
 * lies at a multiple of its element size.
 *
 * @returns The bytes before the tensors (padded with spaces to a multiple of
 * eight) and the tensors in the order of their bytes.
 * @throws {CheckpointError} naming the file, if a name appears twice or is
 * reserved, or a shape is not one of integers of at least 0.
 */
export function buildHeader(
  file: string,
  specs: readonly TensorSpec[],
  metadata: Readonly<Record<string, string>>,
): { bytes: Uint8Array<ArrayBuffer>; tensors: TensorInfo[] } {
  // A null prototype, so that no name of a tensor is special.
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header[METADATA_KEY] = metadata;
  const ordered = specs.toSorted((a, b) => elementSize(b.dtype) - elementSize(a.dtype));
  const placed: TensorInfo[] = [];
  let offset = 0;
  for (const { name, dtype, shape } of ordered) {
    const numElements = countElements(shape);
    if (name === METADATA_KEY || name in header || numElements === null) {
      throw new CheckpointError(
        `Cannot write ${file}: tensor "${name}" of shape [${shape}] ` +
          (numElements === null
            ? "needs a shape of integers of at least 0"
            : "has a name that is taken"),
      );
    }
    const byteLength = numElements * elementSize(dtype);
    header[name] = { dtype, shape, data_offsets: [offset, offset + byteLength] };
    placed.push({ name, dtype, shape, numElements, byteOffset: offset, byteLength });
    offset += byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  const tensors = placed.map((t) => ({ ...t, byteOffset: bytes.length + t.byteOffset }));
  return { bytes, tensors };
}

function parseMetadata(file: string, entry: unknown): Record<string, string> {
  if (!isRecord(entry) || Object.values(entry).some((value) => typeof value !== "string")) {
    throw new CheckpointError(`Cannot read ${file}: its ${METADATA_KEY} should map text to text`);
  }
  return entry as Record<string, string>;
}

function parseTensor(file: string, name: string, entry: unknown, dataStart: number): TensorInfo {
  const fail = (reason: string) =>
    new CheckpointError(
      `Cannot read ${file}: tensor ${describeKey(name)} ${reason}; the file is damaged`,
    );
  if (!isRecord(entry)) throw fail("is not described by a JSON object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDType(dtype)) throw fail(`has the unknown element type ${describeJson(dtype)}`);
  const hasAxes = Array.isArray(shape) && shape.length <= MAX_AXES;
  const numElements = hasAxes ? countElements(shape) : null;
  if (numElements === null) throw fail(`has the impossible shape ${describeJson(shape)}`);
  if (!isOffsetPair(offsets)) throw fail(`has the impossible offsets ${describeJson(offsets)}`);
  const byteLength = offsets[1] - offsets[0];
  const expected = numElements * elementSize(dtype);
  if (byteLength !== expected) {
    throw fail(`has ${byteLength} bytes, but ${dtype} of shape [${shape}] takes ${expected}`);
  }
  return {
    name,
    dtype,
    shape: shape as number[],
    numElements,
    byteOffset: dataStart + offsets[0],
    byteLength,
  };
}

/** Checks that tensors sorted by offset follow each other to the end of the file. */
function checkCoverage(
  file: string,
  tensors: readonly TensorInfo[],
  dataStart: number,
  fileSize: number,
): void {
  let end = dataStart;
  for (const { name, byteOffset, byteLength } of tensors) {
    if (byteOffset !== end) {
      throw new CheckpointError(
        `Cannot read ${file}: tensor ${describeKey(name)} ` +
          (byteOffset < end
            ? "overlaps the one before it"
            : `follows ${byteOffset - end} bytes of no tensor`) +
          "; the file is damaged",
      );
    }
    end += byteLength;
    if (end > fileSize) {
      throw new CheckpointError(
        `Cannot read ${file}: tensor ${describeKey(name)} ends at byte ${end}, but the file has ` +
          `${fileSize} bytes; it is truncated`,
      );
    }
  }
  if (end !== fileSize) {
    throw new CheckpointError(
      `Cannot read ${file}: ${fileSize - end} bytes follow the last tensor; the file is damaged`,
    );
  }
}

/** The product of a shape, or null if it is not one of safe integers of at least 0. */
export function countElements(shape: readonly unknown[]): number | null {
  let count = 1;
  for (const size of shape) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return null;
    count *= size;
  }
  return Number.isSafeInteger(count * 8) ? count : null;
}

function isOffsetPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 &&
    value.every((offset) => Number.isSafeInteger(offset) && offset >= 0) && value[0] <= value[1];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
