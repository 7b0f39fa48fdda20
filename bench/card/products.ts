/**
 * Matrix products by shape and by variant.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { DType, Tensor } from "../../lib/gpu/tensor.ts";
import { variantsOf } from "../../lib/ops/known_answers.ts";
import { matmul, type MatmulArgs, type MatmulWay } from "../../lib/ops/matmul.ts";
import { chooseWay } from "../../lib/ops/matmul_choice.ts";
import { linearLayer, type Product } from "../products.ts";
import { someNumbers } from "../numbers.ts";
import type { CardContext, CardItem, CardSection } from "./section_types.ts";
import { timeWork } from "./timing.ts";

/** Seconds of a figure. */
const SECONDS = 1;
/**
 * Numbers that operands repeat: drawing more of them on the host would take longer than products.
 */
const DRAWN = 1 << 16;

/** The section. */
export const products: CardSection = {
  title: "Matrix products",
  weight: 4,
  items(context) {
    const shapes = shapesFor(context.gpu);
    // Those that are chosen go first, and f32 before f16.
    const ways = shapes.flatMap((product) =>
      waysOf(context.gpu, product).map((way) => ({ product, way }))
    );
    const rank = ({ way }: { way: Way }) => (way.isChosen ? 0 : 2) + (way.dtype === "f32" ? 0 : 1);
    return ways.toSorted((a, b) => rank(a) - rank(b))
      .map(({ product, way }) => itemOf(context, product, way));
  },
};

/** How a product is computed, and from what. */
interface Way {
  readonly dtype: DType;
  readonly how: MatmulWay;
  readonly isChosen: boolean;
}

/** The cubes, and the products of the layers at LM1B's, OpenWebText's and the demo's sizes. */
function shapesFor({ kind, maxBindingBytes }: Gpu): Product[] {
  // The tokens of a micro-batch of LM1B's recipe; a processor has as much to do with fewer.
  const rows = kind === "gpu" ? 64 * 128 : 256;
  const cube = (extent: number) => ({
    ...{ name: "cube", M: extent, N: extent, K: extent },
    ...{ aT: false, bT: false },
  });
  const hidden = 768;
  const chunk = kind === "gpu" ? 1024 : 64;
  const vocabulary = (size: number) =>
    Math.min(size, Math.floor(maxBindingBytes / (4 * hidden)) & ~3);
  return [
    // Small ones first: they tell how long the others take.
    ...linearLayer("demo mlp.0", 256, 192, 768),
    cube(1024),
    ...kind === "gpu" ? [cube(4096)] : [],
    ...linearLayer("paper mlp.0", rows, hidden, 4 * hidden),
    ...linearLayer("paper qkv", rows, hidden, 3 * hidden),
    ...linearLayer("LM1B head", chunk, hidden, vocabulary(30522)),
    ...linearLayer("OWT head", chunk, hidden, vocabulary(50258)).slice(0, 1),
  ];
}

function waysOf(gpu: Gpu, product: Product): Way[] {
  const dtypes: DType[] = gpu.hasF16 ? ["f32", "f16"] : ["f32"];
  return dtypes.flatMap((dtype) => {
    // A choice asks what operands hold, not what is in them.
    using x = gpu.empty([4], dtype);
    using c = gpu.empty([4]);
    const how = chooseWay(gpu, argsOf(product, { x, y: x, c }));
    const { variant, split = 1 } = how;
    const others = variantsOf(gpu).filter((each) =>
      !(each === variant && split === 1) && (each !== "matrix" || dtype === "f16")
    );
    return [
      { dtype, how, isChosen: true },
      ...others.map((variant) => ({ dtype, how: { variant }, isChosen: false })),
    ];
  });
}

function argsOf(
  { M, N, K, aT, bT }: Product,
  { x, y, c }: { x: Tensor; y: Tensor; c: Tensor },
): MatmulArgs {
  return {
    ...{ M, N, K },
    a: { view: x, stride: aT ? M : K, transposed: aT },
    b: { view: y, stride: bT ? K : N, transposed: bT },
    c: { view: c, stride: N },
  };
}

function describeWay({ dtype, how: { variant, split = 1 } }: Way): string {
  return `${dtype} ${variant}${split > 1 ? ` in ${split} parts` : ""}`;
}

function itemOf(context: CardContext, product: Product, way: Way): CardItem {
  const { gpu, memoryBytes } = context;
  const { name, M, N, K } = product;
  const shape = `${M}x${N}x${K}`;
  return {
    name: `${name} ${shape}, ${describeWay(way)}`,
    async run() {
      const flops = 2 * M * N * K;
      const bytes = 4 * (M * K + K * N + M * N);
      if (bytes > memoryBytes) return "it needs more memory than there is";
      if (4 * Math.max(M * K, K * N, M * N) > gpu.maxBindingBytes) return "a binding holds less";
      if (4 * flops / context.flops > context.share() + SECONDS) return "it would take too long";
      using x = operand(gpu, M * K, way.dtype);
      using y = operand(gpu, K * N, way.dtype);
      using c = gpu.empty([M * N]);
      const args = argsOf(product, { x, y, c });
      const work = () => matmul(gpu, args, way.how);
      const { seconds, clock } = await timeWork(gpu, work, Math.min(SECONDS, context.share()));
      context.tell({
        ...{ event: "figure", name, shape, way: describeWay(way), seconds, clock },
        ...{ rate: flops / seconds, unit: "FLOP/s", flops: null },
        peak: way.how.variant === "matrix" ? "matrix" : "f32",
        ...{ isChosen: way.isChosen, note: null },
      });
    },
  };
}

/** Numbers from −1 to 1. */
function operand(gpu: Gpu, count: number, dtype: DType): Tensor {
  const tensor = gpu.empty([count], dtype);
  const drawn = someNumbers(Math.min(count, DRAWN), 1);
  const bytes = dtype === "f16" ? 2 : 4;
  for (let at = 0; at < count; at += DRAWN) {
    const numbers = drawn.subarray(0, Math.min(DRAWN, count - at));
    const { buffer, byteOffset } = tensor;
    const byteLength = bytes * numbers.length;
    gpu.write({ buffer, byteOffset: byteOffset + bytes * at, byteLength, dtype }, numbers);
  }
  return tensor;
}
