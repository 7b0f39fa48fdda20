/**
 * A backend, its adapter, and whether its kernels compute what they should.
 *
 * @module
 */

import { GpuError } from "../../lib/errors.ts";
import { type BackendName, backendOf } from "../../lib/gpu/backend.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { beginWork } from "../../lib/system/long_work.ts";
import { askAll } from "./answers.ts";
import { measureRates } from "./rates.ts";
import { type Answer, type BackendReport, isRight } from "./report.ts";

/** What an adapter says of itself. */
const INFO = ["vendor", "architecture", "device", "description"] as const;
const SUBGROUPS = ["subgroupMinSize", "subgroupMaxSize"] as const;

/** The limits that matter to flm. */
const LIMITS = [
  ...["maxBufferSize", "maxStorageBufferBindingSize", "maxStorageBuffersPerShaderStage"],
  ...["maxStorageTexturesPerShaderStage", "maxTextureDimension2D"],
  ...["maxComputeWorkgroupStorageSize", "maxComputeInvocationsPerWorkgroup"],
  ...["maxComputeWorkgroupSizeX", "maxComputeWorkgroupsPerDimension"],
  "minStorageBufferOffsetAlignment",
] as const;

/** Opens the adapter of a backend and tries it. */
export async function examineBackend(name: BackendName): Promise<BackendReport> {
  let adapter: BackendReport["adapter"] = null;
  using _work = beginWork(`try ${name}`);
  try {
    const found = await backendOf(name).requestAdapter();
    using gpu = await Gpu.open({ backend: name });
    const { description, kind } = gpu;
    const info: Record<string, string | number> = {};
    for (const key of INFO) if (found.info[key]) info[key] = found.info[key];
    for (const key of SUBGROUPS) if (found.info[key]) info[key] = found.info[key];
    const limits = found.limits as unknown as Readonly<Record<string, number>>;
    adapter = {
      ...{ description, kind, info, features: [...found.features].sort() },
      limits: Object.fromEntries(LIMITS.map((key) => [key, limits[key]!])),
      ...{ answers: [], rates: null },
    };
    const answers: Answer[] = await askAll(gpu);
    adapter = { ...adapter, answers };
    if (answers.every(isRight)) adapter = { ...adapter, rates: await measureRates(gpu) };
    return { name, adapter, fault: null, isHere: true };
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    // What could not be loaded has a reason of its own.
    return { name, adapter, fault: error.message, isHere: error.cause === undefined };
  }
}
