/**
 * Attention at the paper's and the demo's sizes: forward, and forward with backward.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { DType } from "../../lib/gpu/tensor.ts";
import { attention as attend, type AttentionShape } from "../../lib/ops/attention.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import type { CardContext, CardItem, CardSection } from "./section_types.ts";
import { timeWork } from "./timing.ts";

const SECONDS = 1.5;

interface Shape extends AttentionShape {
  readonly name: string;
  readonly headDim: number;
}

/** The section. */
export const attention: CardSection = {
  title: "Attention",
  weight: 1,
  items(context) {
    const { gpu } = context;
    const dtypes: DType[] = gpu.hasF16 ? ["f32", "f16"] : ["f32"];
    return shapesFor(gpu).flatMap((shape) =>
      dtypes.flatMap((dtype) =>
        [false, true].map((isTraining) => itemOf(context, shape, dtype, isTraining))
      )
    );
  },
};

/** Batches of the recipes; a processor has enough to do with less. */
function shapesFor({ kind }: Gpu): Shape[] {
  const isCard = kind === "gpu";
  return [
    { name: "LM1B", batch: isCard ? 64 : 2, length: 128, numHeads: 12, headDim: 64 },
    { name: "OWT", batch: isCard ? 16 : 1, length: 1024, numHeads: isCard ? 12 : 2, headDim: 64 },
    { name: "demo", batch: 16, length: 16, numHeads: 6, headDim: 32 },
  ];
}

function itemOf(
  context: CardContext,
  { name, headDim, ...shape }: Shape,
  dtype: DType,
  isTraining: boolean,
): CardItem {
  const { gpu } = context;
  const { batch, length, numHeads } = shape;
  const passes = isTraining ? "forward and backward" : "forward";
  return {
    name: `${name} ${passes}, ${dtype}`,
    async run() {
      const [rows, hidden] = [batch * length, numHeads * headDim];
      // Two products forward and four backward; the scores, computed anew, do not count.
      const flops = (isTraining ? 6 : 2) * 2 * batch * numHeads * length ** 2 * headDim;
      if (8 * flops / context.flops > context.share() + SECONDS) return "it would take too long";
      if (4 * rows * 3 * hidden > gpu.maxBindingBytes) return "a binding holds less";
      using qkv = new Value(gpu.zeros([rows, 3 * hidden], dtype), isTraining);
      using dO = gpu.zeros([rows, hidden], dtype);
      const work = () => {
        using tape = new Tape(gpu, isTraining);
        using output = attend(tape, qkv, { ...shape, softCap: 50 });
        if (!isTraining) return;
        output.giveGrad(gpu, dO);
        tape.backwardFromGrads();
        qkv.dropGrad();
      };
      const { seconds, clock } = await timeWork(gpu, work, Math.min(SECONDS, context.share()));
      context.tell({
        ...{ event: "figure", name: `${name} ${passes}`, way: dtype, seconds, clock },
        shape: `${batch}x${length}x${numHeads}x${headDim}`,
        ...{ rate: flops / seconds, unit: "FLOP/s", flops: null, peak: "f32" },
        ...{ isChosen: true, note: null },
      });
    },
  };
}
