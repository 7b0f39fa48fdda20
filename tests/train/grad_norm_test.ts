import { assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { gradNorm } from "../../lib/train/grad_norm.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("gradNorm() is the norm over all segments and windows", async (gpu) => {
  using small = await Gpu.open({ maxBindingBytes: 1 << 12 });
  const shapes: Record<string, number[]> = { a: [301, 7], b: [1], c: [33, 3] };
  const init = { kind: "constant", value: 0 } as const;
  const specs = Object.entries(shapes).map(([name, shape]) => ({ name, shape, init }));
  const norms: Float32Array[] = [];
  let squares = 0;
  for (const device of [gpu, small]) {
    squares = 0;
    using store = new ParameterStore(device, specs, true);
    for (const [i, { windows }] of store.parameters.entries()) {
      for (const { rowStart, value } of windows) {
        const data = randomNumbers(value.tensor.size, 100 * i + rowStart);
        device.write(value.grad!, data);
        squares += data.reduce((sum, g) => sum + g * g, 0);
      }
    }
    using norm = gradNorm(device, store);
    norms.push(await device.read(norm));
    assertClose(norms.at(-1)!, [Math.sqrt(squares)], 1e-6, "norm");
    using again = gradNorm(device, store);
    assertEquals(await device.read(again), norms.at(-1)!);
    assertEquals(store.segments.length > 1, device === small);
  }
  await small.finish();
});
