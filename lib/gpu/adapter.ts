/**
 * Adapters: what they are called, of which kind they are, and the device that one gives.
 *
 * @module
 */

import { GpuError, messageOf, sentenceOf } from "../errors.ts";
import { largestLimits } from "./limits.ts";
import { MATRIX_FEATURES } from "./matrix_units.ts";

/** `cpu` for software adapters (llvmpipe, SwiftShader, WARP), else `gpu`: chooses the kernels. */
export type AdapterKind = "cpu" | "gpu";

/** What the device is asked for where the adapter has it. */
const WANTED_FEATURES: ReadonlySet<GPUFeatureName> = new Set([
  "timestamp-query",
  "shader-f16",
  ...MATRIX_FEATURES,
]);

/** Adapters that do not say that they are a fallback, and compute on the processor. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render|warp/i;

/** What an adapter is called. */
export function adapterNameOf({ info }: GPUAdapter): string {
  const { description, vendor, architecture } = info;
  return description || [vendor, architecture].filter(Boolean).join(" ") || "unknown";
}

/** Whether an adapter is a processor or a graphics card. */
export function adapterKindOf({ info }: GPUAdapter): AdapterKind {
  const { description, architecture, isFallbackAdapter } = info;
  return isFallbackAdapter || SOFTWARE.test(`${description} ${architecture}`) ? "cpu" : "gpu";
}

/**
 * An adapter's device with its largest limits, and with each feature of use that it has.
 *
 * @throws {GpuError} if it gives none.
 */
export async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice({
      requiredLimits: largestLimits(adapter),
      requiredFeatures: [...WANTED_FEATURES].filter((name) => adapter.features.has(name)),
    });
  } catch (cause) {
    // A browser whose GPU process ends has adapters that are gone.
    throw new GpuError(
      `The adapter ${adapterNameOf(adapter)} gives no device: ${sentenceOf(messageOf(cause))} ` +
        "Try again; if that does not help, restart the browser, or update the graphics driver.",
      { cause },
    );
  }
}
