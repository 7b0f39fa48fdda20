/**
 * Peaks: multiplications and additions that nothing holds up, and copies.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { DType } from "../../lib/gpu/tensor.ts";
import {
  copyNumbers,
  matrixMultiplyAdds,
  matrixPeakSize,
  multiplyAdds,
} from "../../lib/ops/peaks.ts";
import type { Figure, PeakName } from "./events.ts";
import type { CardContext, CardItem, CardSection } from "./section_types.ts";
import { timeWork } from "./timing.ts";

/** Numbers that are worked on, by the kind of the adapter: enough to fill the largest card. */
const NUMBERS = { cpu: 1 << 16, gpu: 1 << 22 };
const LOOPS = 64;
/** Workgroups of matrix units. */
const WORKGROUPS = { cpu: 16, gpu: 1 << 13 };
/** Bytes of a copy, more than caches hold. */
const COPIED = { cpu: 64 << 20, gpu: 512 << 20 };
/** A multiplication and an addition that lead to no number that is slow, large or small. */
const STEP = { factor: 0.5, term: 0.25 };

/** The section. */
export const peaks: CardSection = {
  title: "Peaks",
  weight: 0.6,
  items: (context) => [
    arithmetic(context, "f32"),
    arithmetic(context, "f16"),
    matrixUnits(context),
    copy(context, "by a kernel"),
    copy(context, "by a command"),
  ],
};

function arithmetic(context: CardContext, dtype: DType & PeakName): CardItem {
  const { gpu } = context;
  return {
    name: `multiply and add, ${dtype}`,
    async run() {
      if (dtype === "f16" && !gpu.hasF16) return "the adapter has no numbers of 16 bits";
      using y = gpu.zeros([NUMBERS[gpu.kind]], dtype);
      let flops = 0;
      const work = () => void (flops = multiplyAdds(gpu, y, { ...STEP, loops: LOOPS }));
      await tellPeak(context, "multiply and add", dtype, dtype, work, () => flops);
    },
  };
}

function matrixUnits(context: CardContext): CardItem {
  const { gpu } = context;
  return {
    name: "multiply and add, matrix units",
    async run() {
      if (gpu.matrixUnits === undefined) return "the backend knows no matrix units of the adapter";
      const workgroups = WORKGROUPS[gpu.kind];
      using y = gpu.zeros([matrixPeakSize(gpu, workgroups)]);
      let flops = 0;
      const loops = gpu.kind === "cpu" ? 1 : LOOPS;
      const work = () => void (flops = matrixMultiplyAdds(gpu, y, workgroups, loops));
      const { M, N, K } = gpu.matrixUnits;
      const way = `matrix units of ${M} x ${N} x ${K}`;
      await tellPeak(context, "multiply and add", way, "matrix", work, () => flops);
    },
  };
}

function copy(context: CardContext, way: "by a kernel" | "by a command"): CardItem {
  const { gpu, memoryBytes } = context;
  return {
    name: `copy ${way}`,
    async run() {
      const bytes = copiedBytes(gpu, memoryBytes);
      using x = gpu.zeros([bytes / 4]);
      using y = gpu.zeros([bytes / 4]);
      const work = way === "by a kernel"
        ? () => void copyNumbers(gpu, x, y)
        : () => void gpu.copy(x, y);
      // Commands have no timestamps.
      const device = way === "by a kernel" ? "copy" : null;
      await tellPeak(context, "copy", way, device, work, () => 2 * bytes);
    },
  };
}

/** Bytes that are copied: what a binding holds and memory allows, at most. */
function copiedBytes({ kind, maxBindingBytes }: Gpu, memoryBytes: number): number {
  const most = Math.min(COPIED[kind], maxBindingBytes, memoryBytes / 4);
  return 2 ** Math.floor(Math.log2(most));
}

async function tellPeak(
  { gpu, share, tell }: CardContext,
  name: "multiply and add" | "copy",
  way: string,
  peak: PeakName | null,
  work: () => void,
  amount: () => number,
): Promise<void> {
  const { seconds, clock } = await timeWork(gpu, work, Math.min(2, share()));
  const figure: Figure = {
    ...{ event: "figure", name, way, shape: "", seconds, clock, peak },
    rate: amount() / seconds,
    unit: name === "copy" ? "B/s" : "FLOP/s",
    ...{ flops: null, isChosen: false, note: null },
  };
  tell(figure);
}
