import { assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { candidatesOf } from "../../lib/ops/matmul_candidates.ts";
import { chooseWay, usualWay } from "../../lib/ops/matmul_choice.ts";
import { formatWay } from "../../lib/ops/matmul_way.ts";
import { type Product, ProductMemory, productName, productOf } from "../../lib/ops/product.ts";
import { TunedWays, useWays, waysOf } from "../../lib/ops/ways.ts";
import { gpuTest } from "../testing/gpu.ts";

/** A product of packed matrices in f32: A as stored, B transposed. */
function product(M: number, N: number, K: number, aT = false): Product {
  const stored = (stride: number, transposed: boolean) => ({
    ...{ start: 0, stride, transposed },
    dtype: "f32" as const,
  });
  return {
    ...{ M, N, K, a: stored(aT ? M : K, aT), b: stored(K, true), c: stored(N, false) },
    bias: false,
  };
}

const nothing = () => {};

gpuTest("productOf() of a ProductMemory is the product that it is of", (gpu) => {
  const products: Product[] = [
    product(5, 7, 9),
    {
      ...product(5, 7, 9, true),
      a: { start: 3, stride: 11, dtype: "f32", transposed: true },
      bias: true,
    },
  ];
  for (const each of products) {
    const filled: number[] = [];
    using memory = new ProductMemory(gpu, each, ({ size }) => void filled.push(size));
    assertEquals(productOf(memory.args), each);
    // A, B and the bias; the last stored row ends with its numbers.
    const { start, stride, transposed } = each.a;
    assertEquals(filled, [
      start + (transposed ? 8 * stride + 5 : 4 * stride + 9),
      63,
      ...(each.bias ? [7] : []),
    ]);
  }
});

gpuTest("productName() tells shape, form and types", (gpu) => {
  using small = new ProductMemory(gpu, product(5, 7, 9), nothing);
  assertEquals(productName(small.args), "5x7x9 nt f32 f32 f32");
  using biased = new ProductMemory(gpu, { ...product(5, 7, 9, true), bias: true }, nothing);
  assertEquals(productName(biased.args), "5x7x9 tt f32 f32 f32 bias");
});

gpuTest("chooseWay() takes the ways that a device was given", async (usual) => {
  using gpu = await Gpu.open({ kind: "gpu", backend: usual.backend });
  using memory = new ProductMemory(gpu, product(64, 64, 1024), nothing);
  using other = new ProductMemory(gpu, product(64, 64, 512), nothing);
  const name = productName(memory.args);
  const before = chooseWay(gpu, memory.args);
  useWays(gpu, new TunedWays(gpu, { [name]: "tile32x32/8" }));
  assertEquals(chooseWay(gpu, memory.args), { variant: "tile32x32", split: 8 });
  assertEquals(chooseWay(gpu, other.args), usualWay(gpu, other.args));
  assertEquals(chooseWay(usual, memory.args), usualWay(usual, memory.args));
  useWays(gpu, null);
  assertEquals([chooseWay(gpu, memory.args), waysOf(gpu)], [before, null]);
});

gpuTest("TunedWays leaves out what the program or the device cannot compute", async (usual) => {
  using gpu = await Gpu.open({ kind: "gpu", backend: usual.backend });
  gpu.refuse("tile64x64");
  const record = { a: "tile32x32", b: "tile8x8", c: "tile64x64/2", d: "plain" };
  const { record: known, unknown } = new TunedWays(gpu, record);
  assertEquals([known, unknown], [{ a: "tile32x32", d: "plain" }, ["b", "c"]]);
});

gpuTest(
  "candidatesOf() begins with the usual way, and leaves out what was refused",
  async (usual) => {
    const words = (gpu: Gpu, each: Product) => {
      using memory = new ProductMemory(gpu, each, nothing);
      assertEquals(candidatesOf(gpu, memory.args)[0], usualWay(gpu, memory.args));
      return candidatesOf(gpu, memory.args).map(formatWay);
    };
    using cpu = await Gpu.open({ kind: "cpu", backend: usual.backend });
    // The usual way has the tile of 16 x 64.
    assertEquals(words(cpu, product(256, 192, 192)), [
      "register",
      "register8x32",
      "register8x64",
      "register16x32",
    ]);
    using gpu = await Gpu.open({ kind: "gpu", backend: usual.backend });
    assertEquals(words(gpu, product(32, 32, 32)), ["tile32x32", "plain"]);
    const tall = product(128, 128, 1024);
    assertEquals(words(gpu, tall), [
      "tile64x64/4",
      "tile32x32",
      "tile32x32/2",
      "tile32x32/4",
      "tile64x64",
      "tile64x64/2",
      "tile64x128",
      "tile64x128/2",
      "tile64x128/4",
      "tile128x128",
      "tile128x128/2",
      "tile128x128/4",
    ]);
    // Parts of C that lies in a wider matrix cannot be added up.
    assertEquals(words(gpu, { ...tall, c: { ...tall.c, stride: 256 } }), [
      "tile32x32",
      "tile64x64",
      "tile64x128",
      "tile128x128",
    ]);
    gpu.refuse("tile64x128");
    assertEquals(words(gpu, { ...tall, bias: true }), ["tile32x32", "tile64x64", "tile128x128"]);
  },
);
