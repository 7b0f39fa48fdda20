/**
 * Writing files that torch.load reads.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { OrderedDict, PersistentId, PickleGlobal, PickleObject, Tuple } from "../pickle/values.ts";
import { writePickle } from "../pickle/writer.ts";
import { type DType, elementSize } from "../safetensors/dtype.ts";
import { countElements } from "../safetensors/header.ts";
import type { TensorData } from "../safetensors/writer.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { type NewZipEntry, zipBytes } from "../zip/writer.ts";
import { storageName } from "./storage_types.ts";

/** A tensor to be written, with a storage of its own. */
export class NewTensor {
  /** The type of its elements. */
  readonly dtype: DType;
  /** Its size along each axis; none for a scalar. */
  readonly shape: readonly number[];

  /** Describes a tensor. */
  constructor(dtype: DType, shape: readonly number[]) {
    this.dtype = dtype;
    this.shape = shape;
  }
}

/** The folder of the zip file in which everything is; torch.load takes any. */
const ROOT = "archive";
/** The version of the layout: that of PyTorch 1.6 and all later ones, so far. */
const VERSION = "3\n";

const REBUILD = new PickleGlobal("torch._utils", "_rebuild_tensor_v2");

/**
 * Writes a file for torch.load, also with `weights_only=True`, atomically. Each tensor's bytes are
 * asked for once, in the order of the tensors in the tree, and no more than a piece is in memory.
 *
 * @param tree Null, booleans, numbers (whole ones become int, unless a `PickleFloat`), texts,
 * Arrays (list), `Tuple`, Maps and plain objects (dict), `OrderedDict`, and a {@linkcode NewTensor}
 * for each tensor.
 * @param bytesOf Gives the little-endian bytes of a tensor, row-major.
 * @throws {CheckpointError} if a tensor's type has no name there, its shape is impossible or its
 * bytes do not fit it; {@linkcode FlmError} if the file cannot be written. Either leaves `path` as
 * it was.
 * @throws {TypeError} if there is anything else in the tree.
 *
 * @example
 * ```ts ignore
 * const bias = new NewTensor("F32", [3]);
 * const tree = { state_dict: new OrderedDict([["bias", bias]]), epoch: 0 };
 * await writeTorchFile("model.ckpt", tree, () => new Float32Array([1, 2, 3]));
 * ```
 */
export async function writeTorchFile(
  path: string,
  tree: unknown,
  bytesOf: (tensor: NewTensor) => TensorData,
): Promise<void> {
  await writeFileAtomic(path, torchBytes(path, tree, bytesOf));
}

/**
 * The bytes of a file, as {@linkcode writeTorchFile} writes them.
 *
 * @param path What messages call the file.
 */
export async function* torchBytes(
  path: string,
  tree: unknown,
  bytesOf: (tensor: NewTensor) => TensorData,
): AsyncGenerator<Uint8Array, void, void> {
  const fail = (reason: string) => new CheckpointError(`Cannot write ${path}: ${reason}`);
  const storages: NewZipEntry[] = [];
  const pickle = writePickle(tree, (value) => {
    if (!(value instanceof NewTensor)) return undefined;
    const { dtype, shape } = value;
    const key = String(storages.length);
    const name = storageName(dtype);
    const count = countElements(shape);
    if (name === undefined) throw fail(`PyTorch has no storages of the type ${dtype}`);
    if (count === null) throw fail(`a tensor has the impossible shape [${shape}]`);
    const size = count * elementSize(dtype);
    storages.push({
      name: `${ROOT}/data/${key}`,
      size,
      bytes: () =>
        piecesOf(bytesOf(value), (given) => {
          if (given === size) return;
          throw fail(
            `a tensor, ${dtype} of shape [${shape}], takes ${size} bytes, but ${given} were given`,
          );
        }),
    });
    return rebuilt(key, new PickleGlobal("torch", name), count, shape);
  });
  const small = (name: string, bytes: Uint8Array): NewZipEntry => ({
    name: `${ROOT}/${name}`,
    size: bytes.length,
    bytes: () => [bytes],
  });
  const text = new TextEncoder();
  yield* zipBytes([
    small("data.pkl", pickle),
    small("byteorder", text.encode("little")),
    ...storages,
    small("version", text.encode(VERSION)),
  ]);
}

/** The call that makes a row-major tensor of a storage. */
function rebuilt(
  key: string,
  type: PickleGlobal,
  count: number,
  shape: readonly number[],
): PickleObject {
  const storage = new PersistentId(new Tuple(["storage", type, key, "cpu", count]));
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return new PickleObject(
    REBUILD,
    // No gradient is required, and there are no hooks.
    [storage, 0, new Tuple(shape), new Tuple(strides), false, new OrderedDict()],
  );
}

/** The pieces of a tensor's bytes; at their end, their number is checked. */
async function* piecesOf(
  data: TensorData,
  check: (given: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  let given = 0;
  for await (const view of ArrayBuffer.isView(data) ? [data] : data) {
    given += view.byteLength;
    yield new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
  check(given);
}
