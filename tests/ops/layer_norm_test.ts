import type { AdapterKind } from "../../lib/gpu/gpu.ts";
import { layerNormModulate } from "../../lib/ops/layer_norm.ts";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

interface Case {
  samples: number;
  length: number;
  hidden: number;
  columns: number;
  shift: number;
  scale: number;
}

/** The output by the definition, in float64. */
function reference(
  { samples, length, hidden, columns, shift, scale }: Case,
  x: Float64Array,
  weight: Float64Array,
  modulation: Float64Array,
): Float64Array {
  return Float64Array.from({ length: samples * length * hidden }, (_, i) => {
    const row = Math.floor(i / hidden);
    const h = i % hidden;
    const values = x.subarray(row * hidden, (row + 1) * hidden);
    const mean = values.reduce((a, b) => a + b, 0) / hidden;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / hidden;
    const own = Math.floor(row / length) * columns;
    return (values[h]! - mean) / Math.sqrt(variance + 1e-5) * weight[h]! *
        (1 + modulation[own + scale + h]!) + modulation[own + shift + h]!;
  });
}

const cases: Record<string, Case> = {
  "odd sizes": { samples: 2, length: 5, hidden: 7, columns: 31, shift: 3, scale: 11 },
  "sizes of four": { samples: 3, length: 9, hidden: 12, columns: 72, shift: 24, scale: 36 },
  "columns apart": { samples: 2, length: 3, hidden: 4, columns: 20, shift: 16, scale: 0 },
  "several blocks a sample": {
    samples: 2,
    length: 37,
    hidden: 5,
    columns: 10,
    shift: 0,
    scale: 5,
  },
  "rows longer than a workgroup": {
    samples: 1,
    length: 2,
    hidden: 132,
    columns: 264,
    shift: 0,
    scale: 132,
  },
};
for (const [name, sizes] of Object.entries(cases)) {
  for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
    const { samples, length, hidden, columns, shift, scale } = sizes;
    gpuTest(
      `layerNormModulate() normalises and modulates: ${name}, ${kind} variant`,
      (gpu) =>
        checkOp(gpu, {
          inputs: {
            x: [samples * length, hidden],
            weight: [hidden],
            modulation: [samples, columns],
          },
          build: (tape, { x, weight, modulation }) =>
            layerNormModulate(tape, x!, weight!, modulation!, { shift, scale, length, kind }),
          reference: ({ x, weight, modulation }) => reference(sizes, x!, weight!, modulation!),
        }),
    );
  }
}
