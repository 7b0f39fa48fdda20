/**
 * The file in which the autotuner keeps what it found, for the next training on the same device.
 *
 * @module
 */

import { includes, kernels } from "../../kernels/sources.ts";
import { DataError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { REGISTER_TILES } from "../ops/matmul_register.ts";
import { MATRIX_TILES } from "../ops/matmul_matrix.ts";
import { TILES } from "../ops/matmul_tiled.ts";
import type { WayRecord } from "../ops/ways.ts";
import { describeValue, oneOf, text } from "../schema/field.ts";
import { readJson } from "../schema/read_json.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { exists } from "../system/exists.ts";
import { sha256Hex } from "../system/sha256.ts";
import { whileReading, whileWriting } from "../system/system_error.ts";

/** What times depend on, besides the product. */
export interface TunedDevice {
  /** The adapter's name. */
  readonly adapter: string;
  /** The way to it. */
  readonly backend: string;
  /** The kernels for which kind of adapter. */
  readonly kind: string;
  /** What compiles the kernels: the program's runtime and its version. */
  readonly runtime: string;
  /** SHA-256 (hex) of the kernels of products and of their sizes. */
  readonly kernels: string;
}

/** What a file holds. */
interface KeptWays extends TunedDevice {
  readonly format: "flm-ways";
  readonly ways: WayRecord;
}

const CONTENT = {
  doc: "Ways that were found by trying.",
  keys: {
    format: oneOf(["flm-ways"], { doc: "What the file is." }),
    adapter: text({ doc: "The adapter's name." }),
    backend: text({ doc: "The way to it." }),
    kind: text({ doc: "Its kind." }),
    runtime: text({ doc: "What compiles the kernels." }),
    kernels: text({ doc: "Their hash." }),
    ways: { doc: "Ways by product.", entry: text({ doc: "A way." }) },
  },
};

/** What times on a device depend on. */
export async function tunedDevice(gpu: Gpu): Promise<TunedDevice> {
  const names = Object.keys(kernels).filter((name) => /^(matmul_|sum_rows|pad_rows)/.test(name));
  const sources = names.map((name) => kernels[name as keyof typeof kernels]);
  const code = JSON.stringify([sources, includes, TILES, REGISTER_TILES, MATRIX_TILES]);
  const deno = globalThis.Deno?.version?.deno;
  return {
    adapter: gpu.adapterName,
    backend: gpu.backend,
    kind: gpu.kind,
    runtime: deno === undefined ? navigator.userAgent : `Deno ${deno}`,
    kernels: await sha256Hex(code),
  };
}

/** The ways that are kept of one device, in a folder with a file for each. */
export class WayStore {
  readonly #folder: string;
  readonly #device: TunedDevice;
  /** The file of the device. */
  readonly path: string;

  private constructor(folder: string, device: TunedDevice, name: string) {
    this.#folder = folder;
    this.#device = device;
    this.path = `${folder}/${name}.json`;
  }

  /** The store of a device, in a folder that is made when there is something to keep. */
  static async open(folder: string, gpu: Gpu): Promise<WayStore> {
    const device = await tunedDevice(gpu);
    const hash = await sha256Hex(JSON.stringify(device));
    return new WayStore(folder, device, hash.slice(0, 16));
  }

  /**
   * What is kept; nothing if there is no file.
   *
   * @throws {DataError} if the file is damaged, or is that of another device: both are mended by
   * removing it, or by writing.
   */
  async read(): Promise<WayRecord> {
    if (!await exists(this.path)) return {};
    const source = await whileReading(this.path, Deno.readTextFile(this.path));
    const { ways, ...rest } = readJson<KeptWays>(source, CONTENT, {
      name: this.path,
      error: DataError,
    });
    for (const [key, expected] of Object.entries(this.#device)) {
      const found = rest[key as keyof TunedDevice];
      if (found === expected) continue;
      throw new DataError(
        `Cannot read ${this.path}: its ${key} is ${describeValue(found)}, expected "${expected}".`,
      );
    }
    return ways;
  }

  /** Keeps ways in place of those that were. @throws {FlmError} if they cannot be written. */
  async write(ways: WayRecord): Promise<void> {
    await whileWriting(this.#folder, Deno.mkdir(this.#folder, { recursive: true }));
    const content: KeptWays = { format: "flm-ways", ...this.#device, ways };
    await writeFileAtomic(this.path, JSON.stringify(content, null, 2) + "\n");
  }
}
