/**
 * Times every dispatch by timestamp queries and sums them by kernel.
 *
 * @module
 */

/** Totals of one kernel. */
export interface ProfileRow {
  /** Kernel and its constants. */
  kernel: string;
  /** Dispatches. */
  calls: number;
  /** Seconds on the device, all calls together. */
  seconds: number;
  /** Floating-point operations, all calls together, where the operation states them. */
  flops: number;
  /** Bytes of all buffers and images bound, each counted once a call. */
  bytes: number;
}

/** Timestamps resolved at once: WebGPU allows query sets of 4096. */
const CAPACITY = 4096;

/**
 * Collects timings while it is set as a recorder's `profiler`. Where the adapter has no
 * timestamp queries, the recorder submits each dispatch by itself and the wall clock tells
 * how long the queue took.
 */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #querySet: GPUQuerySet | undefined;
  readonly #resolved: GPUBuffer | undefined;
  readonly #rows = new Map<string, ProfileRow>();
  readonly #unread: Promise<void>[] = [];
  #pending: ProfileRow[] = [];
  #staging: GPUBuffer | undefined;
  #lastDone = 0;

  /** Uses timestamp queries if the device was made with them. */
  constructor(device: GPUDevice) {
    this.#device = device;
    if (device.features.has("timestamp-query")) {
      this.#querySet = device.createQuerySet({ type: "timestamp", count: CAPACITY });
      this.#resolved = device.createBuffer({
        size: CAPACITY * 8,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      });
    }
  }

  /** Whether the recorder must submit before the next dispatch. */
  get full(): boolean {
    return this.#pending.length >= (this.#querySet === undefined ? 1 : CAPACITY / 2);
  }

  /** Counts a dispatch and gives the descriptor of a compute pass of its own. */
  begin(
    kernel: string,
    bind: Readonly<Record<string, { readonly byteLength: number }>>,
    flops: number,
  ): GPUComputePassDescriptor {
    let row = this.#rows.get(kernel);
    if (row === undefined) {
      row = { kernel, calls: 0, seconds: 0, flops: 0, bytes: 0 };
      this.#rows.set(kernel, row);
    }
    row.calls++;
    row.flops += flops;
    for (const name in bind) row.bytes += bind[name]!.byteLength;
    const index = this.#pending.push(row) * 2 - 2;
    return this.#querySet === undefined ? { label: kernel } : {
      label: kernel,
      timestampWrites: {
        querySet: this.#querySet,
        beginningOfPassWriteIndex: index,
        endOfPassWriteIndex: index + 1,
      },
    };
  }

  /** Records the reading of a batch's timestamps; called just before its submit. */
  beforeSubmit(encoder: GPUCommandEncoder): void {
    if (this.#querySet === undefined || this.#resolved === undefined) return;
    if (this.#pending.length === 0) return;
    const bytes = this.#pending.length * 16;
    this.#staging = this.#device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.resolveQuerySet(this.#querySet, 0, this.#pending.length * 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, bytes);
  }

  /** Ends a batch; called just after its submit. */
  afterSubmit(): void {
    const rows = this.#pending;
    if (rows.length === 0) return;
    this.#pending = [];
    const staging = this.#staging;
    this.#staging = undefined;
    const submitted = performance.now();
    this.#unread.push((async () => {
      if (staging === undefined) {
        await this.#device.queue.onSubmittedWorkDone();
        const done = performance.now();
        const seconds = (done - Math.max(submitted, this.#lastDone)) * 1e-3;
        this.#lastDone = done;
        for (const row of rows) row.seconds += seconds / rows.length;
        return;
      }
      await staging.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(staging.getMappedRange());
      rows.forEach((row, i) => {
        row.seconds += Number((times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n)) * 1e-9;
      });
      staging.destroy();
    })());
  }

  /** The totals so far, slowest kernel first. The recorder must have been flushed. */
  async collect(): Promise<ProfileRow[]> {
    await Promise.all(this.#unread.splice(0));
    return [...this.#rows.values()].sort((a, b) => b.seconds - a.seconds);
  }

  /** Frees the query set. */
  destroy(): void {
    this.#querySet?.destroy();
    this.#resolved?.destroy();
  }
}

/** A table of the rows: time, share, calls, GFLOP/s, GB/s. */
export function formatProfile(rows: readonly ProfileRow[]): string {
  const total = rows.reduce((sum, row) => sum + row.seconds, 0);
  const lines = rows.map(({ kernel, calls, seconds, flops, bytes }) =>
    [
      (seconds * 1e3).toFixed(1).padStart(10),
      (100 * seconds / Math.max(total, 1e-12)).toFixed(1).padStart(6),
      String(calls).padStart(7),
      (flops > 0 ? (flops / seconds * 1e-9).toFixed(1) : "").padStart(9),
      (bytes / seconds * 1e-9).toFixed(1).padStart(8),
      `  ${kernel}`,
    ].join("")
  );
  return ["        ms     %   calls  GFLOP/s    GB/s  kernel", ...lines].join("\n");
}
