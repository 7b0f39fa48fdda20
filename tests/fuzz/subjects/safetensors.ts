/**
 * Files of safetensors.
 *
 * @module
 */

import { memorySource } from "../../../lib/io/byte_source.ts";
import type { ArrayKind, DType } from "../../../lib/safetensors/dtype.ts";
import { elementSize, isDecodable } from "../../../lib/safetensors/dtype.ts";
import { buildHeader } from "../../../lib/safetensors/header.ts";
import { SafetensorsFile } from "../../../lib/safetensors/reader.ts";
import { concat } from "../../../lib/system/concat.ts";
import { damagedBytes } from "../damage/bytes.ts";
import { damagedJson } from "../damage/json.ts";
import type { Bytes, Damage, Subject } from "../subject.ts";

const KINDS: readonly ArrayKind[] = ["f32", "i32", "f16"];
const DTYPES: readonly DType[] = [
  ...["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"] as const,
  "BOOL",
];

function fileOf(shapes: readonly (readonly number[])[], metadata: Record<string, string>): Bytes {
  const specs = DTYPES.map((dtype, i) => ({
    name: dtype,
    dtype,
    shape: shapes[i % shapes.length]!,
  }));
  const { bytes, tensors } = buildHeader("good", specs, metadata);
  const data = tensors.map(({ numElements, dtype }) =>
    // Small numbers, which all integers can hold.
    Uint8Array.from({ length: numElements * elementSize(dtype) }, (_, i) => i % 8 === 0 ? i : 0)
  );
  return concat([bytes, ...data]);
}

/** Half of them have a header that is damaged as JSON, with the length that it has. */
const damage: Damage = async (file, random, other) => {
  if (random(2) === 0) return damagedBytes(file, random, other);
  const [header, rest] = parts(file);
  const damaged = await damagedJson(header, random, parts(other)[0]);
  const length = new Uint8Array(BigUint64Array.of(BigInt(damaged.length)).buffer);
  return concat([length, damaged, rest]);
};

function parts(file: Bytes): [header: Bytes, rest: Bytes] {
  const end = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  return [file.slice(8, end), file.slice(end)];
}

/** `SafetensorsFile`, all of whose tensors are read in each way. */
export function safetensors(): Subject {
  return {
    files: {
      "small.safetensors": fileOf([[2, 3], [], [4], [0, 2]], { format: "pt", é: "\u{1f600}" }),
      "plain.safetensors": fileOf([[3], [1, 1, 2]], {}),
    },
    damage,
    async read(bytes, name) {
      using file = await SafetensorsFile.open(memorySource(bytes, name));
      for (const { name, dtype, shape, byteLength } of file.tensors.values()) {
        for (const kind of KINDS) {
          if (!isDecodable(dtype, kind)) continue;
          await file.read(name, kind);
          for await (const _ of file.pieces(name, 2, kind));
          if (shape.length > 0 && shape[0]! > 0) await file.readRows(name, shape[0]! - 1, 1, kind);
        }
        await file.readBytes(name, 0, new Uint8Array(byteLength));
      }
    },
  };
}
