/**
 * GPU tests: one device a test file, and no test may leak a byte.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";

let shared: Gpu | undefined;

// A device that is there yet when the program ends is taken down while its driver's threads are;
// and what a backend has to say of its end has no one to say it to once the file has ended.
Deno.test.afterAll(async () => {
  const gpu = shared;
  shared = undefined;
  gpu?.[Symbol.dispose]();
  await gpu?.device.lost;
});

/** Registers a test that must end with the live bytes it began with. */
export function gpuTest(
  name: string,
  test: (gpu: Gpu, context: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test({
    name,
    // The device is shared by the tests of a file.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(context) {
      const gpu = shared ??= await Gpu.open();
      const before = gpu.memory().inUse;
      await test(gpu, context);
      await gpu.finish();
      assertEquals(gpu.memory().inUse, before, "live GPU bytes after the test");
    },
  });
}

/**
 * A {@linkcode gpuTest} of numbers of 16 bits, for adapters that have them; on others it is empty.
 */
export function f16Test(name: string, test: (gpu: Gpu) => void | Promise<void>): void {
  gpuTest(name, async (gpu) => {
    if (gpu.hasF16) await test(gpu);
  });
}
