/**
 * What is said when a training runs out of memory.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { OutOfMemoryError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { withPlan } from "../../tasks/planning/out_of_memory.ts";
import { train } from "../../tasks/runs/train_with_progress.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

Deno.test("a training whose buffers are too large says what would fit the device", () =>
  withTinyRun(1, async (tiny, run) => {
    // 12 positions take 6 KiB in the MLP, and the widest weight 16 KiB.
    using gpu = await Gpu.open({ maxBindingBytes: 20 << 10 });
    const config = { ...tiny, train: { ...tiny.train, microBatchSize: 8 } };
    const { message } = await assertRejects(
      () => train(gpu, { config, method: methodOf("flm"), run }),
      OutOfMemoryError,
      "but this adapter binds at most 20480 bytes at once",
    );
    assertStringIncludes(message, "What it takes on this device:");
    assertMatch(message, /f32 +none +too large +2 /);
    assertStringIncludes(message, "Set --train.micro-batch-size and --train.recompute");
  }));

Deno.test("a training for which a device has no memory left says what would fit into what it had", () =>
  withTinyRun(1, async (config) => {
    using gpu = await Gpu.open();
    using _taken = gpu.zeros([200_000]);
    const error = new OutOfMemoryError("no memory is left");
    const method = methodOf("ar");
    const whole = await withPlan(error, { gpu, config, method });
    assertStringIncludes(whole.message, "What it takes on this device:");

    gpu.device.dispatchEvent(
      new GPUUncapturedErrorEvent("uncapturederror", {
        error: new GPUOutOfMemoryError("none"),
      }),
    );
    const cut = await withPlan(error, { gpu, config, method });
    assert(cut instanceof OutOfMemoryError && cut.cause === error);
    assertMatch(
      cut.message,
      /^no memory is left\n\nWhat it takes in the 832 KiB that it held by then:/,
    );
    assertStringIncludes(cut.message, "Set --ar.train.micro-batch-size and --ar.train.recompute");
    // What cannot be planned leaves the error as it is.
    const unknown = { ...config, data: { ...config.data, tokenizerFile: "nowhere.json" } };
    assertEquals(await withPlan(error, { gpu, config: unknown, method }), error);
  }));
