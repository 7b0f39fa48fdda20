import type { AdapterKind } from "../../lib/gpu/adapter.ts";
import { dropoutResidual, gatedResidual } from "../../lib/ops/gated_residual.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

const DRAW = { rate: 0.3, key: [5, 7], layer: 2, step: 4, firstSample: 1 } as const;

for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
  for (const [samples, length, hidden] of [[2, 5, 7], [3, 19, 12]] as const) {
    const shape = [samples * length, hidden] as const;
    gpuTest(
      `dropoutResidual() of [${shape}] drops as a gate of 1 does, ${kind} variant`,
      async (gpu) => {
        // A gated residual of zero with a branch of ones shows the mask.
        using tape = new Tape(gpu, false);
        using zero = new Value(gpu.zeros(shape), false);
        using ones = new Value(
          gpu.tensor(new Float32Array(shape[0] * hidden).fill(1), shape),
          false,
        );
        using gates = new Value(
          gpu.tensor(new Float32Array(samples * hidden).fill(1), [samples, hidden]),
          false,
        );
        using masked = gatedResidual(tape, zero, ones, gates, {
          gate: 0,
          length,
          dropout: DRAW,
          kind,
        });
        const mask = await gpu.read(masked.tensor);
        await checkOp(gpu, {
          inputs: { residual: shape, branch: shape },
          build: (tape, { residual, branch }) =>
            dropoutResidual(tape, residual!, branch!, { length, dropout: DRAW, kind }),
          reference: ({ residual, branch }) => residual!.map((v, i) => v + mask[i]! * branch![i]!),
        });
      },
    );
  }
}

gpuTest("dropoutResidual() without dropout is the sum, with its gradients", (gpu) =>
  checkOp(gpu, {
    inputs: { residual: [6, 5], branch: [6, 5] },
    build: (tape, { residual, branch }) => dropoutResidual(tape, residual!, branch!, { length: 3 }),
    reference: ({ residual, branch }) => residual!.map((v, i) => v + branch![i]!),
  }));

gpuTest("dropoutResidual() takes the indices of samples that it is given", async (gpu) => {
  const data = randomNumbers(4 * 6, 1);
  using tape = new Tape(gpu, false);
  using zero = new Value(gpu.zeros([4, 6]), false);
  using branch = new Value(gpu.tensor(data, [4, 6]), false);
  using samples = gpu.tensor(new Uint32Array([1, 2]));
  using named = dropoutResidual(tape, zero, branch, {
    length: 2,
    dropout: { ...DRAW, firstSample: 9, samples },
  });
  using counted = dropoutResidual(tape, zero, branch, { length: 2, dropout: DRAW });
  assertClose(await gpu.read(named.tensor), await gpu.read(counted.tensor), 0, "y");
});
