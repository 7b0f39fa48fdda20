/**
 * Whether this browser can run models.
 *
 * @module
 */

const BROWSERS =
  "Chrome and Edge have what it takes from version 140 on (on Linux it may have to " +
  "be switched on at chrome://flags/#enable-unsafe-webgpu), Safari from 26, Firefox from 141 on " +
  "Windows and from 145 on Macs with Apple silicon.";

/** The part of WebGPU that is used here. */
interface WebGpu {
  requestAdapter(): Promise<object | null>;
}

/** Why no model can run here, and what helps; null if one can. */
export async function webGpuProblem(): Promise<string | null> {
  if (!globalThis.isSecureContext) {
    return "Browsers offer WebGPU only to pages that come by https or from localhost, and this " +
      "one comes by neither.";
  }
  const gpu = (navigator as unknown as { gpu?: WebGpu }).gpu;
  if (gpu === undefined) {
    return `Models run on WebGPU, which this browser does not have. ${BROWSERS}`;
  }
  if (!("toHex" in Uint8Array.prototype && "Float16Array" in globalThis)) {
    return `This browser has WebGPU, but is too old for what models need besides. ${BROWSERS}`;
  }
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter !== null) return null;
  return "This browser has WebGPU, but found no graphics adapter for it. It may be switched off in " +
    "its settings, or the graphics driver may be too old. " + BROWSERS;
}
