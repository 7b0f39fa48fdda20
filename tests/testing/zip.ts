/**
 * Zip files made by hand, right or wrong.
 *
 * @module
 */

import { concat } from "../../lib/system/concat.ts";
import { crc32 } from "../../lib/zip/crc32.ts";

/** An entry; what is not given is as it should be. */
export interface HandEntry {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly method?: number;
  readonly flags?: number;
  /** The CRC-32, the size and the compressed size that are told. */
  readonly crc32?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  /** The bytes as they lie in the file; as they are unless given. */
  readonly kept?: Uint8Array<ArrayBuffer>;
  /** Where the directory says that the entry begins. */
  readonly offset?: number;
  /** The name in front of the bytes, where it is another than in the directory. */
  readonly localName?: string;
}

function numbers(...values: (readonly [bytes: 2 | 4, value: number])[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

/**
 * The bytes of a zip file without descriptors.
 *
 * @param isLarge Whether the directory tells sizes and offsets in 64 bits, as those of large files.
 */
export function handZip(entries: readonly HandEntry[], isLarge = false): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const lines: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const put = (...added: Uint8Array<ArrayBuffer>[]) => {
    pieces.push(...added);
    for (const each of added) length += each.length;
  };
  for (const entry of entries) {
    const { bytes, method = 0, flags = 0, kept = bytes } = entry;
    const name = new TextEncoder().encode(entry.name);
    const local = new TextEncoder().encode(entry.localName ?? entry.name);
    const sum = [4, entry.crc32 ?? crc32(bytes)] as const;
    const packed = [4, entry.compressedSize ?? kept.length] as const;
    const size = [4, entry.size ?? bytes.length] as const;
    const offset = [4, entry.offset ?? length] as const;
    const sums = [sum, packed, size];
    const [high, ones] = [[4, 0], [4, 0xffffffff]] as const;
    const extra = isLarge
      ? numbers([2, 1], [2, 24], size, high, packed, high, offset, high)
      : numbers();
    lines.push(
      numbers([4, 0x02014b50], [2, 20], [2, 20], [2, flags], [2, method], [4, 0]),
      numbers(...(isLarge ? [sum, ones, ones] : sums), [2, name.length], [2, extra.length]),
      numbers([2, 0], [4, 0], [4, 0], isLarge ? ones : offset),
      name,
      extra,
    );
    put(
      numbers([4, 0x04034b50], [2, 20], [2, flags], [2, method], [4, 0], ...sums),
      numbers([2, local.length], [2, 0]),
      local,
      kept,
    );
  }
  const start = length;
  put(...lines);
  const { length: count } = entries;
  if (isLarge) {
    const [size, high] = [[4, length - start], [4, 0]] as const;
    put(
      numbers([4, 0x06064b50], [4, 44], high, [2, 45], [2, 45], high, high, [4, count], high),
      numbers([4, count], high, size, high, [4, start], high),
      numbers([4, 0x07064b50], [4, 0], [4, length], high, [4, 1]),
    );
    put(
      numbers([4, 0x06054b50], [4, 0], [4, 0xffffffff], [4, 0xffffffff], [4, 0xffffffff], [2, 0]),
    );
    return concat(pieces);
  }
  put(
    numbers([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, length - start], [4, start], [
      2,
      0,
    ]),
  );
  return concat(pieces);
}

/** Bytes compressed by deflate, without a header. */
export async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The bytes of a file of torch.save with a pickle and storages by key. */
export function handTorch(
  pickle: Uint8Array<ArrayBuffer>,
  storages: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {},
  more: readonly HandEntry[] = [],
): Uint8Array<ArrayBuffer> {
  return handZip([
    { name: "x/data.pkl", bytes: pickle },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `x/data/${key}`, bytes })),
    ...more,
  ]);
}
