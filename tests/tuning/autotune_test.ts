import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { matmul } from "../../lib/ops/matmul.ts";
import { type Product, ProductMemory } from "../../lib/ops/product.ts";
import { waysOf } from "../../lib/ops/ways.ts";
import { type AutotuneOptions, tuneProducts, type TuneReport } from "../../lib/tuning/autotune.ts";
import { WayStore } from "../../lib/tuning/way_store.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";

const stored = (stride: number, transposed = false, dtype: "f32" | "f16" = "f32") => ({
  ...{ start: 0, stride, dtype, transposed },
});

const WIDE = "40x72x20 nn f32 f32 f32";
const TALL = "36x44x512 tn f32 f32 f32";
const BIASED = "17x33x9 nt f32 f32 f32 bias";
const PRODUCTS: ReadonlyMap<string, Product> = new Map([
  [WIDE, { M: 40, N: 72, K: 20, a: stored(20), b: stored(72), c: stored(72), bias: false }],
  [TALL, {
    ...{ M: 36, N: 44, K: 512, a: stored(36, true), b: stored(44), c: stored(44) },
    bias: false,
  }],
  [BIASED, { M: 17, N: 33, K: 9, a: stored(9), b: stored(9, true), c: stored(33), bias: true }],
]);

/** A device with the kernels of cards, whose times are by the kernel that was recorded last. */
async function openCard(usual: Gpu): Promise<{ gpu: Gpu; measure: AutotuneOptions["measure"] }> {
  const gpu = await Gpu.open({ kind: "gpu", backend: usual.backend });
  let seconds = 1;
  const run = gpu.run.bind(gpu);
  Object.defineProperty(gpu, "run", {
    value: ((kernel, constants, call) => {
      const { WX = 0, SPLIT = 0 } = constants as { WX?: number; SPLIT?: number };
      if (String(kernel).startsWith("matmul")) seconds = WX === 8 ? (SPLIT === 1 ? 0.5 : 2) : 1;
      run(kernel, constants, call);
    }) as typeof gpu.run,
  });
  const measure: AutotuneOptions["measure"] = async (device, record) => {
    record();
    await device.finish();
    return seconds;
  };
  return { gpu, measure };
}

gpuTest(
  "tuneProducts() has a device take the fastest ways, and keeps them",
  (usual) =>
    withFolder(async (folder) => {
      const { gpu, measure } = await openCard(usual);
      using _gpu = gpu;
      const names: string[] = [];
      const reports: TuneReport[] = [];
      const options: AutotuneOptions = {
        ...{ folder, ...(measure && { measure }) },
        onProduct: (done, total, name) => void names.push(`${done}/${total} ${name}`),
        onTuned: (report) => void reports.push(report),
      };
      await tuneProducts(gpu, PRODUCTS, options);
      assertEquals(names, [`0/3 ${WIDE}`, `1/3 ${TALL}`, `2/3 ${BIASED}`]);
      // Tiles of 8 invocations are the slowest, but in parts.
      const ways = { [WIDE]: "tile64x128", [TALL]: "tile32x32/2", [BIASED]: "plain" };
      assertEquals(waysOf(gpu)!.record, ways);
      assertEquals(reports, [{ products: 3, tried: 3, changed: 3 }]);
      assertEquals(await (await WayStore.open(folder, gpu)).read(), ways);
      assertEquals([gpu.memory().inUse, gpu.memory().reserved], [0, 0]);

      // What is known is not tried again, and other products stay known.
      await tuneProducts(gpu, new Map([[WIDE, PRODUCTS.get(WIDE)!]]), {
        ...options,
        measure: () => Promise.reject(new Error("not needed")),
      });
      assertEquals(waysOf(gpu)!.record, { [WIDE]: ways[WIDE]! });
      assertEquals(reports[1], { products: 1, tried: 0, changed: 0 });
      assertEquals(await (await WayStore.open(folder, gpu)).read(), ways);
    }),
);

gpuTest(
  "tuneProducts() tries anew what it cannot read or compute",
  (usual) =>
    withFolder(async (folder) => {
      const { gpu, measure } = await openCard(usual);
      using _gpu = gpu;
      const store = await WayStore.open(folder, gpu);
      await Deno.writeTextFile(store.path, "{");
      const messages: string[] = [];
      const reports: TuneReport[] = [];
      const options: AutotuneOptions = {
        ...{ folder, ...(measure && { measure }) },
        onUnreadable: ({ message }) => void messages.push(message),
        onTuned: (report) => void reports.push(report),
      };
      const products = new Map([[WIDE, PRODUCTS.get(WIDE)!]]);
      await tuneProducts(gpu, products, options);
      assertEquals(messages.length, 1);
      assertStringIncludes(messages[0]!, store.path);
      await store.write({ [WIDE]: "tile1x1" });
      await tuneProducts(gpu, products, options);
      gpu.refuse("tile64x128");
      await tuneProducts(gpu, products, options);
      assertEquals(reports.map(({ tried }) => tried), [1, 1, 1]);
      assertEquals(await store.read(), { [WIDE]: "plain" });
      assertEquals(messages.length, 1);
    }),
);

gpuTest("tuneProducts() does without ways that compute something else", async (usual) => {
  using gpu = await Gpu.open({ kind: "gpu", backend: usual.backend });
  // A driver that loses the work of some kernels.
  const run = gpu.run.bind(gpu);
  Object.defineProperty(gpu, "run", {
    value: ((kernel, constants, call) => {
      if ((constants as { WX?: number }).WX === 8) return;
      run(kernel, constants, call);
    }) as typeof gpu.run,
  });
  const wrong: string[] = [];
  await tuneProducts(gpu, new Map([[WIDE, PRODUCTS.get(WIDE)!]]), {
    measure: (_, record) => Promise.resolve(record()).then(() => 1),
    onWrong: (way, product) => void wrong.push(`${way} ${product}`),
  });
  assertEquals(wrong, [`tile32x32 ${WIDE}`, `tile64x64 ${WIDE}`]);
  assertEquals(waysOf(gpu)!.record, { [WIDE]: "tile64x128" });
});

gpuTest(
  "tuneProducts() stops when asked, and keeps what it has found",
  (usual) =>
    withFolder(async (folder) => {
      const { gpu, measure } = await openCard(usual);
      using _gpu = gpu;
      const stop = new AbortController();
      await assertRejects(
        () =>
          tuneProducts(gpu, PRODUCTS, {
            ...{ folder, ...(measure && { measure }), signal: stop.signal },
            onProduct: (done) => done === 1 && stop.abort(new Error("enough")),
          }),
        Error,
        "enough",
      );
      assertEquals(await (await WayStore.open(folder, gpu)).read(), { [WIDE]: "tile64x128" });
      assertEquals([waysOf(gpu), gpu.memory().inUse], [null, 0]);
    }),
);

gpuTest(
  "tuneProducts() finds ways by its own stopwatch, on either kind of adapter",
  async (usual) => {
    for (const kind of ["cpu", "gpu"] as const) {
      using gpu = await Gpu.open({ kind, backend: usual.backend });
      const half = stored(40, false, "f16");
      const products = new Map([[BIASED, PRODUCTS.get(BIASED)!]]);
      if (gpu.hasF16) {
        const product = { M: 20, N: 40, K: 12, a: stored(12), b: half, c: half, bias: false };
        products.set("20x40x12 nn f32 f16 f16", product);
      }
      await tuneProducts(gpu, products, { onWrong: (way) => assert(false, way) });
      assertEquals(Object.keys(waysOf(gpu)!.record), [...products.keys()]);
      // Whatever they are, they can be computed.
      for (const product of products.values()) {
        using memory = new ProductMemory(gpu, product, (tensor) => gpu.clear(tensor));
        matmul(gpu, memory.args);
        await gpu.finish();
      }
    }
  },
);
