import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { kernels } from "../../kernels/sources.ts";
import { backendOf } from "../../lib/gpu/backend.ts";
import { GpuError, OutOfMemoryError } from "../../lib/errors.ts";
import { defineKernel } from "../../lib/gpu/define_kernel.ts";
import { openDryGpu } from "../../lib/gpu/dry.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { foldGrid } from "../../lib/gpu/limits.ts";
import { elementwise } from "../../lib/ops/elementwise.ts";
import { gpuTest } from "../testing/gpu.ts";

/** A kernel as those outside of flm make them. */
const COPY = defineKernel(
  "copy",
  `
//# include elementwise
struct Params {
  count: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = x[i]; }`,
);

const scale = { VEC: 1, WG: 64, STEPS: 1, ACCUMULATE: 0 };

gpuTest("Gpu.open() asks for the adapter's largest limits", async (gpu) => {
  const adapter = await backendOf().requestAdapter();
  for (const name of ["maxStorageBufferBindingSize", "maxBufferSize"] as const) {
    assertEquals(gpu.device.limits[name], adapter.limits[name]);
  }
  assert(gpu.adapterName.length > 0 && gpu.description.includes(gpu.adapterName));
});

/** The error of a device that is opened where the machine's preferred adapter is this. */
async function errorOfOpen(adapter: unknown): Promise<Error> {
  const { gpu } = navigator;
  const requestAdapter = () => Promise.resolve(adapter);
  Object.defineProperty(navigator, "gpu", { configurable: true, value: { requestAdapter } });
  try {
    return await assertRejects(() => Gpu.open({ backend: "builtin" }), GpuError);
  } finally {
    Object.defineProperty(navigator, "gpu", { configurable: true, value: gpu });
  }
}

Deno.test("Gpu.open() says what to install when there is no adapter", async () => {
  const { message } = await errorOfOpen(null);
  assertStringIncludes(message, "No WebGPU adapter");
  if (Deno.build.os === "linux") assertStringIncludes(message, "mesa-vulkan-drivers");
});

Deno.test("Gpu.open() names the adapter that gives no device, and says why", async () => {
  const { message } = await errorOfOpen({
    info: { description: "a card" },
    features: new Set(),
    limits: {},
    requestDevice: () => Promise.reject(new DOMException("It is gone", "OperationError")),
  });
  assertStringIncludes(message, "The adapter a card gives no device: It is gone. Try again");
});

gpuTest("Gpu.run() records dispatches, more than fit one arena of parameters", async (gpu) => {
  using x = gpu.tensor(new Float32Array([1]));
  using y = gpu.tensor(new Float32Array([0]));
  for (let i = 0; i < 1500; i++) {
    gpu.run("scale", { ...scale, ACCUMULATE: 1 }, {
      bind: { x, y },
      params: { count: 1, factor: i % 3 },
      grid: [1, 1, 1],
    });
  }
  assertEquals([...await gpu.read(y)], [1500]);
});

gpuTest("Gpu.run() folds grids of more than 65,535 workgroups", async (gpu) => {
  const count = 70_000 * 64 + 5;
  using x = gpu.empty([count]);
  gpu.run("fill", { VEC: 1, WG: 64, STEPS: 1 }, {
    bind: { y: x },
    params: { count, value: 3 },
    grid: foldGrid(Math.ceil(count / 64)),
  });
  assert((await gpu.read(x)).every((value) => value === 3));
});

gpuTest("Gpu.run() names the kernel and the buffer when a call does not fit it", (gpu) => {
  using x = gpu.empty([4]);
  using y = gpu.empty([4]);
  // Not by its name, so that the compiler lets mistakes pass.
  const kernel = defineKernel("scale", kernels.scale);
  const run = (bind: Record<string, typeof x>, params: Record<string, number>, grid = 1) =>
    gpu.run(kernel, scale, { bind, params, grid: [grid, 1, 1] });
  const params = { count: 4, factor: 1 };
  assertThrows(() => run({ x, y, z: x }, params), GpuError, 'has no binding "z"');
  assertThrows(
    () => run({ x }, params),
    GpuError,
    'scale VEC=1 WG=64 STEPS=1 ACCUMULATE=0 needs a buffer "y"',
  );
  assertThrows(() => run({ x, y }, { count: 4 }), GpuError, 'needs a parameter "factor"');
  assertThrows(() => run({ x, y: x }, params), GpuError, 'one buffer as "x", which it reads');
  assertThrows(() => run({ x, y }, params, 70_000), GpuError, "a dimension holds at most 65535");
  const work = { bind: { x, y }, params, grid: [1, 1, 1] } as const;
  assertThrows(() => gpu.run("scales" as "scale", scale, work), GpuError, '"scales"');
});

gpuTest("Gpu.write() keeps its place among recorded commands", async (gpu) => {
  using x = gpu.tensor(new Float32Array([1]));
  using y = gpu.empty([1]);
  gpu.run("scale", scale, { bind: { x, y }, params: { count: 1, factor: 10 }, grid: [1, 1, 1] });
  gpu.write(x, new Float32Array([2]));
  assertEquals([...await gpu.read(y)], [10]);
  assertThrows(() => gpu.write(x, new Float32Array(2)), GpuError, "Cannot write 8 bytes");
});

Deno.test("Gpu stops with the kernel's name when a kernel is not valid WGSL", async () => {
  using gpu = await Gpu.open();
  using x = gpu.empty([4]);
  using y = gpu.empty([4]);
  // 70,000 invocations in a workgroup are beyond every limit.
  gpu.run("scale", { ...scale, WG: 70_000 }, {
    bind: { x, y },
    params: { count: 4, factor: 1 },
    grid: [1, 1, 1],
  });
  await assertRejects(() => gpu.read(y), GpuError, "scale VEC=1 WG=70000");
  assertThrows(() => gpu.flush(), GpuError, "scale VEC=1 WG=70000");
});

Deno.test("Gpu reports a lost device as an error", async () => {
  using gpu = await Gpu.open();
  using x = gpu.zeros([4]);
  gpu.flush();
  gpu.device.destroy();
  await assertRejects(() => gpu.read(x), GpuError, "lost");
});

Deno.test("Gpu takes a device that a driver has lost for one that ran out of memory", async () => {
  using dry = openDryGpu();
  const lost = Promise.resolve({ reason: "unknown", message: "gone" });
  const device = new Proxy(dry.device, {
    get(target, key) {
      const value = Reflect.get(target, key);
      return key === "lost" ? lost : typeof value === "function" ? value.bind(target) : value;
    },
  });
  const info = { description: "a card" };
  using gpu = Gpu.over({ info } as GPUAdapter, device);
  await assertRejects(() => gpu.finish(), OutOfMemoryError, "was lost (unknown): gone.");
});

Deno.test("Gpu says when the device has no memory left", async () => {
  using gpu = await Gpu.open();
  using x = gpu.zeros([4]);
  gpu.device.dispatchEvent(
    new GPUUncapturedErrorEvent("uncapturederror", {
      error: new GPUOutOfMemoryError("Not enough memory left."),
    }),
  );
  await assertRejects(
    () => gpu.read(x),
    OutOfMemoryError,
    "The GPU has no memory left: Not enough",
  );
  assertThrows(() => gpu.flush(), OutOfMemoryError, "flm held 256 bytes");
});

gpuTest("Gpu.memory() counts bytes in use and their peak", (gpu) => {
  const before = gpu.memory().inUse;
  gpu.resetPeak();
  {
    using _a = gpu.empty([256]);
    using _b = gpu.empty([256]);
    assertEquals(gpu.memory().inUse, before + 2048);
  }
  using _c = gpu.empty([256]);
  assertEquals(gpu.memory().inUse, before + 1024);
  assertEquals(gpu.memory().peak, before + 2048);
});

Deno.test("Gpu.empty() refuses what one binding cannot hold", async () => {
  using gpu = await Gpu.open({ maxBindingBytes: 4096 });
  using _whole = gpu.empty([1024]);
  assertThrows(() => gpu.empty([1025]), GpuError, "binds at most 4096 bytes");
});

gpuTest("Tensor refuses to be used after its last release", async (gpu) => {
  const x = gpu.empty([2, 3]);
  const view = x.view([6]);
  x.release();
  assertEquals(view.isFreed, false);
  view.release();
  assertEquals([x.isFreed, view.isFreed], [true, true]);
  assertThrows(() => x.release(), GpuError, "released twice");
  assertThrows(() => x.retain(), GpuError, "freed tensor");
  using y = gpu.zeros([2, 3]);
  for (const freed of [x, view]) {
    const { constants, count, grid } = elementwise(gpu.kind, 6);
    const call = { bind: { x: freed, y }, params: { count }, grid };
    const message = 'was given a freed tensor as "x"';
    assertThrows(() => gpu.run(COPY, constants, call), GpuError, message);
    assertThrows(() => gpu.write(freed, new Float32Array(6)), GpuError, "freed tensor");
    assertThrows(() => gpu.copy(freed, y), GpuError, "freed tensor");
    assertThrows(() => gpu.copy(y, freed), GpuError, "freed tensor");
    assertThrows(() => gpu.clear(freed), GpuError, "freed tensor");
    await assertRejects(() => gpu.read(freed), GpuError, "freed tensor");
  }
});

gpuTest("Gpu.run() refuses grids and parameters that are no whole numbers", (gpu) => {
  using x = gpu.zeros([3]);
  using y = gpu.zeros([3]);
  const { constants, grid } = elementwise(gpu.kind, 3);
  const cases: [unknown, unknown, string][] = [
    [3, undefined, "expected three numbers of workgroups as grid, found nothing"],
    [3, [1, 1], "expected three numbers of workgroups as grid, found the list [1,1]"],
    [3, [1.5, 1, 1], "expected three numbers of workgroups as grid"],
    [3, [-1, 1, 1], "expected three numbers of workgroups as grid"],
    [NaN, grid, 'expected a whole number as "count", found NaN'],
    ["3", grid, 'expected a whole number as "count", found "3"'],
    [1.5, grid, 'expected a whole number as "count", found 1.5'],
  ];
  for (const [count, grid, message] of cases) {
    const call = { bind: { x, y }, params: { count }, grid } as never;
    assertThrows(() => gpu.run(COPY, constants, call), GpuError, message);
  }
});

gpuTest(
  "Gpu.tensor() refuses shapes and numbers that are none, and takes no numbers",
  async (gpu) => {
    for (const shape of [[-1], [NaN], [2.5], ["3"]]) {
      const message = "A tensor has whole numbers as its shape, and none below 0";
      assertThrows(() => gpu.empty(shape as number[]), GpuError, message);
    }
    for (const data of [[1, 2, 3], new Float64Array(3), new Int32Array(3)]) {
      const message = "Expected a Float32Array, a Float16Array or a Uint32Array to upload, found";
      using x = gpu.empty([3]);
      assertThrows(() => gpu.write(x, data as never), GpuError, message);
    }
    using nothing = gpu.tensor(new Float32Array(0));
    assertEquals((await gpu.read(nothing)).length, 0);
  },
);

gpuTest("Gpu.endProfile() gives time and work of every kernel", async (gpu) => {
  using x = gpu.zeros([4096]);
  using y = gpu.empty([4096]);
  gpu.startProfile();
  for (let i = 0; i < 3; i++) {
    gpu.run("scale", scale, {
      bind: { x, y },
      params: { count: 4096, factor: 1 },
      grid: [64, 1, 1],
      flops: 4096,
    });
  }
  const rows = await gpu.endProfile();
  assertEquals(rows.length, 1);
  const { kernel, calls, flops, bytes, seconds } = rows[0]!;
  assertEquals([kernel, calls, flops, bytes], [
    "scale VEC=1 WG=64 STEPS=1 ACCUMULATE=0",
    3,
    12288,
    98304,
  ]);
  assert(seconds > 0);
});

gpuTest(
  "Gpu.readPieces() gives windows in their order, in pieces of one window each",
  async (gpu) => {
    const sizes = [3, 1, 700, 64, 257];
    const tensors = sizes.map((size, i) =>
      gpu.tensor(Float32Array.from({ length: size }, (_, k) => 1000 * i + k))
    );
    const whole = sizes.map((size, i) => Array.from({ length: size }, (_, k) => 1000 * i + k));
    for (const maxBytes of [256, 1024, 4 * 704, 1 << 20]) {
      const found: number[][] = sizes.map(() => []);
      let i = 0;
      for await (const piece of gpu.readPieces(tensors, maxBytes)) {
        assert(piece.length <= maxBytes);
        while (found[i]!.length === sizes[i]) i++;
        found[i]!.push(...new Float32Array(piece.slice().buffer));
      }
      assertEquals(found, whole, `pieces of ${maxBytes} bytes`);
    }
    assertEquals(await Array.fromAsync(gpu.readPieces([])), []);
    for (const tensor of tensors) tensor.release();
  },
);
