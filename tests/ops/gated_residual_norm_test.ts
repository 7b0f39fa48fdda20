import { assertEquals } from "@std/assert";
import type { AdapterKind } from "../../lib/gpu/adapter.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { add } from "../../lib/ops/add.ts";
import { gatedResidual } from "../../lib/ops/gated_residual.ts";
import {
  gatedResidualNorm,
  type GatedResidualNormOptions,
  type NormedSum,
} from "../../lib/ops/gated_residual_norm.ts";
import { layerNormModulate } from "../../lib/ops/layer_norm.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { checkOp, randomNumbers, upstreamGradient } from "../testing/check_op.ts";
import { f16Test, gpuTest } from "../testing/gpu.ts";
import { DRAW, gatedSum, modulatedNorm, type RowSizes } from "../testing/row_references.ts";

interface Case extends RowSizes {
  samples: number;
  gate: number;
  shift: number;
  scale: number;
}

const CASES: Record<string, Case> = {
  "odd sizes": { samples: 2, length: 5, hidden: 7, columns: 31, gate: 3, shift: 11, scale: 20 },
  "as in a DiT": { samples: 3, length: 9, hidden: 12, columns: 72, gate: 24, shift: 36, scale: 48 },
  "columns apart": { samples: 2, length: 3, hidden: 4, columns: 24, gate: 8, shift: 20, scale: 0 },
  "several blocks a sample": {
    samples: 2,
    length: 37,
    hidden: 5,
    columns: 15,
    gate: 0,
    shift: 5,
    scale: 10,
  },
  "rows longer than a workgroup": {
    samples: 1,
    length: 2,
    hidden: 132,
    columns: 396,
    gate: 264,
    shift: 0,
    scale: 132,
  },
};

for (const [name, sizes] of Object.entries(CASES)) {
  for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
    for (const dropout of [undefined, DRAW]) {
      const { samples, length, hidden, columns, ...places } = sizes;
      const what = `${name}, ${dropout ? "" : "no "}dropout, ${kind} variant`;
      gpuTest(`gatedResidualNorm() adds and normalises: ${what}`, (gpu) =>
        checkOp(gpu, {
          inputs: {
            residual: [samples * length, hidden],
            branch: [samples * length, hidden],
            weight: [hidden],
            modulation: [samples, columns],
          },
          build: (tape, { residual, branch, weight, modulation }) => {
            const options = { ...places, length, dropout, kind };
            const both = gatedResidualNorm(tape, residual!, branch!, weight!, modulation!, options);
            using sum = both.sum;
            using normed = both.normed;
            return add(tape, sum, normed);
          },
          reference: (inputs) => {
            const sum = gatedSum(sizes, inputs, dropout);
            const normed = modulatedNorm(sizes, { ...inputs, x: sum });
            return sum.map((value, i) => value + normed[i]!);
          },
        }));
    }
  }
}

/** What becomes of one of the results or both, and of all gradients. */
async function numbersOf(
  gpu: Gpu,
  halves: boolean,
  uses: readonly (keyof NormedSum)[],
  options: GatedResidualNormOptions,
  connect: typeof gatedResidualNorm,
) {
  const [rows, hidden, columns] = [3 * options.length, 12, 72];
  const value = (seed: number, ...shape: number[]) => {
    const count = shape.reduce((a, b) => a * b);
    return new Value(gpu.tensor(randomNumbers(count, seed), shape), true);
  };
  using residual = value(1, rows, hidden);
  using modulation = value(2, 3, columns);
  using weight = value(3, hidden);
  using half = halves ? gpu.empty([hidden], "f16") : undefined;
  if (half) weight.attachHalf(half);
  const numbers = randomNumbers(rows * hidden, 4);
  const stored = halves ? Float16Array.from(numbers) : numbers;
  using branch = new Value(gpu.tensor(stored, [rows, hidden]), true);
  using tape = new Tape(gpu, true);
  const both = connect(tape, residual, branch, weight, modulation, options);
  using sum = both.sum;
  using normed = both.normed;
  for (const use of uses) {
    const upstream = upstreamGradient(rows * hidden);
    both[use].addGrad(gpu, (target) => {
      gpu.write(target, target.dtype === "f16" ? Float16Array.from(upstream) : upstream);
    });
  }
  tape.backwardFromGrads();
  const inputs = [residual, branch, weight, modulation];
  const grads = inputs.map(({ tensor, grad }) => grad ?? gpu.zeros(tensor.shape, tensor.dtype));
  const all = await Promise.all([sum.tensor, normed.tensor, ...grads].map((one) => gpu.read(one)));
  for (const [i, { grad }] of inputs.entries()) if (grad === undefined) grads[i]!.release();
  for (const input of inputs) input.dropGrad();
  return all;
}

/** The two operations that it is made of. */
const apart: typeof gatedResidualNorm = (tape, residual, branch, weight, modulation, options) => {
  const sum = gatedResidual(tape, residual, branch, modulation, options);
  return { sum, normed: layerNormModulate(tape, sum, weight, modulation, options) };
};

for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
  for (const halves of [false, true]) {
    for (const uses of [["sum", "normed"], ["sum"], ["normed"]] as const) {
      const what = `${halves ? "f16" : "f32"}, ${uses.join(" and ")} used, ${kind} variant`;
      const test = halves ? f16Test : gpuTest;
      test(`gatedResidualNorm() has the bits of its two parts: ${what}`, async (gpu) => {
        using samples = gpu.tensor(Uint32Array.of(7, 2, 900));
        for (const dropout of [undefined, DRAW, { ...DRAW, samples }]) {
          const options = { gate: 24, shift: 36, scale: 48, length: 21, dropout, kind };
          const fused = await numbersOf(gpu, halves, uses, options, gatedResidualNorm);
          assertEquals(fused, await numbersOf(gpu, halves, uses, options, apart));
        }
      });
    }
  }
}
