/**
 * Windows of buffers, read back in bulk.
 *
 * @module
 */

import { type BufferView, requireAlive } from "./tensor.ts";

/** Bytes that are copied through one staging buffer. */
const READ_PIECE = 32 << 20;

/** What reading needs of the device. */
interface ReadbackOptions {
  readonly device: GPUDevice;
  /** Submits what was recorded before. */
  readonly flush: () => void;
  /** Waits for a promise of the device, and throws the errors that it reports. */
  readonly settle: (work: Promise<unknown>) => Promise<void>;
}

/**
 * The bytes of one window after the other, in pieces that belong to one window each. Many windows
 * share a wait, and no more than `maxBytes`, a multiple of 4, are on the host.
 *
 * @throws {GpuError} if a window was freed, or the device has failed.
 */
export async function* readPieces(
  options: ReadbackOptions,
  views: Iterable<BufferView>,
  maxBytes = READ_PIECE,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let batch: BufferView[] = [];
  let bytes = 0;
  for (const view of views) {
    requireAlive(view);
    const { buffer, byteOffset, byteLength } = view;
    for (let start = 0; start < byteLength;) {
      const length = Math.min(maxBytes - bytes, byteLength - start);
      batch.push({ buffer, byteOffset: byteOffset + start, byteLength: length });
      start += length;
      bytes += length;
      if (bytes < maxBytes) continue;
      yield* await readBatch(options, batch, bytes);
      [batch, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield* await readBatch(options, batch, bytes);
}

/** Reads windows of `bytes` bytes in all through one staging buffer. */
async function readBatch(
  { device, flush, settle }: ReadbackOptions,
  views: readonly BufferView[],
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  flush();
  const staging = device.createBuffer({
    label: "read",
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    const encoder = device.createCommandEncoder();
    let at = 0;
    for (const { buffer, byteOffset, byteLength } of views) {
      encoder.copyBufferToBuffer(buffer, byteOffset, staging, at, byteLength);
      at += byteLength;
    }
    device.queue.submit([encoder.finish()]);
    await settle(staging.mapAsync(GPUMapMode.READ));
    const mapped = new Uint8Array(staging.getMappedRange()).slice();
    at = 0;
    return views.map(({ byteLength }) => mapped.subarray(at, at += byteLength));
  } finally {
    staging.destroy();
  }
}
