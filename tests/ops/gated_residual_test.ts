import { assert, assertEquals } from "@std/assert";
import type { AdapterKind } from "../../lib/gpu/adapter.ts";
import type { DropoutDraw } from "../../lib/ops/dropout.ts";
import { gatedResidual } from "../../lib/ops/gated_residual.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { DRAW, gatedSum, type RowSizes } from "../testing/row_references.ts";

interface Case extends RowSizes {
  samples: number;
  gate: number;
}

const cases: Record<string, Case> = {
  "odd sizes": { samples: 2, length: 5, hidden: 7, columns: 23, gate: 9 },
  "sizes of four": { samples: 2, length: 5, hidden: 12, columns: 72, gate: 24 },
  "several blocks a sample": { samples: 2, length: 35, hidden: 3, columns: 3, gate: 0 },
  "rows longer than a workgroup": { samples: 1, length: 1, hidden: 260, columns: 260, gate: 0 },
};
for (const [name, sizes] of Object.entries(cases)) {
  const { samples, length, hidden, columns, gate } = sizes;
  for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
    for (const draw of [undefined, DRAW]) {
      const what = `${name}, ${draw ? "" : "no "}dropout, ${kind} variant`;
      gpuTest(`gatedResidual() adds the gated branch: ${what}`, (gpu) =>
        checkOp(gpu, {
          inputs: {
            residual: [samples * length, hidden],
            branch: [samples * length, hidden],
            modulation: [samples, columns],
          },
          build: (tape, { residual, branch, modulation }) =>
            gatedResidual(tape, residual!, branch!, modulation!, {
              gate,
              length,
              dropout: draw,
              kind,
            }),
          reference: (inputs) => gatedSum(sizes, inputs, draw),
        }));
    }
  }
}

for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
  gpuTest(`gatedResidual() takes the masks of given samples: ${kind} variant`, async (gpu) => {
    const indices = [7, 2, 900];
    const sizes = { length: 3, hidden: 5, columns: 5, gate: 0 };
    using samples = gpu.tensor(new Uint32Array(indices));
    await checkOp(gpu, {
      inputs: { residual: [9, 5], branch: [9, 5], modulation: [3, 5] },
      build: (tape, { residual, branch, modulation }) =>
        gatedResidual(tape, residual!, branch!, modulation!, {
          ...sizes,
          dropout: { ...DRAW, samples },
          kind,
        }),
      reference: (inputs) => gatedSum(sizes, inputs, DRAW, indices),
    });
  });
}

gpuTest("gatedResidual() may have one value as residual and branch", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [6, 5], modulation: [2, 5] },
    build: (tape, { x, modulation }) =>
      gatedResidual(tape, x!, x!, modulation!, { gate: 0, length: 3 }),
    reference: ({ x, modulation }) =>
      x!.map((value, i) => value * (1 + modulation![Math.floor(i / 15) * 5 + i % 5]!)),
  }));

gpuTest("gatedResidual() drops the share that it is told", async (gpu) => {
  const count = 1 << 16;
  using tape = new Tape(gpu, false);
  using zeros = new Value(gpu.zeros([count / 64, 64]), false);
  using ones = new Value(gpu.tensor(new Float32Array(count).fill(1), [count / 64, 64]), false);
  using gates = new Value(gpu.tensor(new Float32Array(64).fill(1), [1, 64]), false);
  const run = async (draw: DropoutDraw) => {
    using y = gatedResidual(tape, zeros, ones, gates, {
      gate: 0,
      length: count / 64,
      dropout: draw,
    });
    return await gpu.read(y.tensor);
  };
  const first = await run({ ...DRAW, rate: 0.1 });
  const dropped = first.filter((v) => v === 0).length / count;
  assert(Math.abs(dropped - 0.1) < 5 * Math.sqrt(0.09 / count), `dropped ${dropped}`);
  assertEquals(await run({ ...DRAW, rate: 0.1 }), first);
  // Other layers, steps and samples have other masks.
  for (const other of [{ layer: 4 }, { step: 10 }, { firstSample: 41 }]) {
    const values = await run({ ...DRAW, rate: 0.1, ...other });
    const both = values.filter((v, i) => v === 0 && first[i] === 0).length / count;
    assert(Math.abs(both - 0.01) < 5 * Math.sqrt(0.01 / count), `dropped in both ${both}`);
  }
});
