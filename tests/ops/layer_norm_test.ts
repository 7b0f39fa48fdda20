import type { AdapterKind } from "../../lib/gpu/adapter.ts";
import { add } from "../../lib/ops/add.ts";
import { layerNorm, layerNormModulate } from "../../lib/ops/layer_norm.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { modulatedNorm, type RowSizes } from "../testing/row_references.ts";

interface Case extends RowSizes {
  samples: number;
  shift: number;
  scale: number;
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
          reference: (inputs) => modulatedNorm(sizes, inputs),
        }),
    );
  }
}

gpuTest("layerNormModulate() adds to gradients that are there already", (gpu) => {
  const first = { samples: 2, length: 3, hidden: 4, columns: 16, shift: 0, scale: 4 };
  const second = { ...first, shift: 8, scale: 12 };
  return checkOp(gpu, {
    inputs: { x: [6, 4], weight: [4], modulation: [2, 16] },
    build: (tape, { x, weight, modulation }) => {
      using a = layerNormModulate(tape, x!, weight!, modulation!, first);
      using b = layerNormModulate(tape, x!, weight!, modulation!, second);
      return add(tape, a, b);
    },
    reference: (inputs) => {
      const a = modulatedNorm(first, inputs);
      return modulatedNorm(second, inputs).map((value, i) => value + a[i]!);
    },
  });
});

gpuTest("layerNormModulate() keeps its precision when the mean is large", async (gpu) => {
  const hidden = 64;
  const x = randomNumbers(hidden, 1).map((v) => v + 1000);
  for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
    using tape = new Tape(gpu, false);
    using row = new Value(gpu.tensor(x, [1, hidden]), false);
    using weight = new Value(gpu.tensor(new Float32Array(hidden).fill(1)), false);
    using modulation = new Value(gpu.zeros([1, 2 * hidden]), false);
    const sizes = { samples: 1, length: 1, hidden, columns: 2 * hidden, shift: 0, scale: hidden };
    using y = layerNormModulate(tape, row, weight, modulation, { ...sizes, kind });
    const expected = modulatedNorm(sizes, {
      x: new Float64Array(x),
      weight: new Float64Array(hidden).fill(1),
      modulation: new Float64Array(2 * hidden),
    });
    // The mean itself has an error of about 1000·2⁻²⁴.
    assertClose(await gpu.read(y.tensor), expected, 3e-4, kind);
  }
});

for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
  for (const [rows, hidden] of [[5, 7], [37, 12], [2, 132]] as const) {
    const sizes = {
      samples: 1,
      length: rows,
      hidden,
      columns: 2 * hidden,
      shift: 0,
      scale: hidden,
    };
    for (const withBias of [true, false]) {
      gpuTest(
        `layerNorm() ${withBias ? "with" : "without"} bias: [${rows}, ${hidden}], ${kind} variant`,
        (gpu) =>
          checkOp(gpu, {
            inputs: { x: [rows, hidden], weight: [hidden], ...(withBias && { bias: [hidden] }) },
            build: (tape, { x, weight, bias }) => layerNorm(tape, x!, weight!, bias, { kind }),
            reference: ({ bias, ...inputs }) => {
              const modulation = new Float64Array(2 * hidden);
              if (bias) modulation.set(bias);
              return modulatedNorm(sizes, { ...inputs, modulation });
            },
          }),
      );
    }
  }
}

gpuTest("layerNorm() takes the ε that it is given", async (gpu) => {
  using tape = new Tape(gpu, false);
  using x = new Value(gpu.tensor(new Float32Array([1, 3]), [1, 2]), false);
  using weight = new Value(gpu.tensor(new Float32Array([1, 1])), false);
  using y = layerNorm(tape, x, weight, undefined, { eps: 3 });
  // The variance is 1.
  assertClose(await gpu.read(y.tensor), [-0.5, 0.5], 1e-6, "y");
});
