import { assert, assertEquals } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { gelu } from "../../lib/ops/activation.ts";
import { add } from "../../lib/ops/add.ts";
import { dropoutResidual } from "../../lib/ops/gated_residual.ts";
import { linear } from "../../lib/ops/linear.ts";
import { recomputed } from "../../lib/ops/recompute.ts";
import { scale } from "../../lib/ops/scale.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** gelu(x·wᵀ) + y, with w [N, K]; the residual takes y's gradient as it is. */
function part(tape: Tape, x: Value, y: Value, w: Value): Value {
  using wide = linear(tape, x, w);
  using active = gelu(tape, wide);
  return add(tape, active, y);
}

const [M, N, K] = [5, 7, 3];

gpuTest(
  "recomputed() has the numbers and the derivative of what it computes again",
  (gpu) =>
    checkOp(gpu, {
      inputs: { x: [M, K], y: [M, N], w: [N, K] },
      build: (tape, { x, y, w }) =>
        recomputed(tape, [x!, y!, w!], (tape) => part(tape, x!, y!, w!)),
      reference: ({ x, y, w }) =>
        y!.map((value, i) => {
          let sum = 0;
          for (let k = 0; k < K; k++) {
            sum += x![Math.floor(i / N) * K + k]! * w![(i % N) * K + k]!;
          }
          const inner = Math.sqrt(2 / Math.PI) * (sum + 0.044715 * sum ** 3);
          return value + sum / 2 * (1 + Math.tanh(inner));
        }),
    }),
);

/** Gradients of a chain whose every link uses one value and one parameter, recomputed or not. */
async function chainGradients(
  gpu: Gpu,
  { again, nested = false }: { again: boolean; nested?: boolean },
) {
  const [rows, width, links] = [12, 33, 3];
  using sink = gpu.zeros([width, width]);
  using weight = new Value(
    gpu.tensor(randomNumbers(width * width, 1), [width, width]),
    true,
    sink,
  );
  using x = new Value(gpu.tensor(randomNumbers(rows * width, 2), [rows, width]), true);
  using shared = new Value(gpu.tensor(randomNumbers(rows * width, 3), [rows, width]), true);
  using samples = gpu.tensor(Uint32Array.of(7, 2, 9));
  using tape = new Tape(gpu, true);
  const before = gpu.memory().inUse;
  using start = scale(tape, x, 0.5);
  start.tensor.retain();
  let value = start;
  for (let i = 0; i < links; i++) {
    using from = value;
    const draw = { key: [1, 2] as const, layer: i, step: 4, firstSample: 0, rate: 0.3, samples };
    const inner = (tape: Tape) => part(tape, from, shared, weight);
    const link = (tape: Tape) => {
      using branch = nested ? recomputed(tape, [from, shared], inner) : inner(tape);
      return dropoutResidual(tape, from, branch, { length: 4, dropout: draw });
    };
    value = again ? recomputed(tape, [from, shared, samples], link) : link(tape);
  }
  using last = value;
  const kept = gpu.memory().inUse - before;
  last.addGrad(gpu, (target) => gpu.write(target, randomNumbers(rows * width, 5)));
  tape.backwardFromGrads();
  const one = start.tensor.buffer.size;
  const read = async ({ tensor, grad }: Value) => [await gpu.read(tensor), await gpu.read(grad!)];
  const numbers = [await read(weight), await read(shared), await read(x), [
    await gpu.read(last.tensor),
  ]];
  for (const each of [x, shared]) each.dropGrad();
  return { kept: kept / one, numbers };
}

gpuTest(
  "recomputed() changes no bit, of parameters and of values with several uses",
  async (gpu) => {
    const plain = await chainGradients(gpu, { again: false });
    const again = await chainGradients(gpu, { again: true });
    const nested = await chainGradients(gpu, { again: true, nested: true });
    const inside = await chainGradients(gpu, { again: false, nested: true });
    for (const each of [again, nested, inside]) assertEquals(each.numbers, plain.numbers);
    // The start and the result of each link, and otherwise what its gelu reads.
    const kept = [again, nested, inside, plain].map(({ kept }) => kept);
    assertEquals(kept, [4, 4, 4, 7]);
  },
);

gpuTest("recomputed() keeps nothing where no gradient is wanted", (gpu) => {
  for (const [training, needsGrad] of [[true, false], [false, true]] as const) {
    using tape = new Tape(gpu, training);
    const before = gpu.memory().inUse;
    let runs = 0;
    {
      using x = new Value(gpu.tensor(randomNumbers(9, 1)), needsGrad);
      using y = recomputed(tape, [x], (tape) => {
        runs++;
        return gelu(tape, x);
      });
      assertEquals(y.needsGrad, false);
      tape.backward(y);
    }
    assertEquals([gpu.memory().inUse, runs], [before, 1]);
  }
});

gpuTest("recomputed() asks for a gradient if parameters alone want one", async (gpu) => {
  using sink = gpu.zeros([N, K]);
  using weight = new Value(gpu.tensor(randomNumbers(N * K, 1), [N, K]), true, sink);
  using x = new Value(gpu.tensor(randomNumbers(M * K, 2), [M, K]), false);
  using tape = new Tape(gpu, true);
  using y = recomputed(tape, [x], (tape) => linear(tape, x, weight));
  assertEquals(y.needsGrad, true);
  tape.backward(y);
  assert((await gpu.read(sink)).every((value) => value !== 0));
});

gpuTest(
  "recomputed() does not compute a result again that its gradient need not know",
  async (gpu) => {
    const gradients = [];
    const counts: number[] = [];
    for (const skips of [false, true]) {
      using weight = new Value(gpu.tensor(randomNumbers(N * K, 1), [N, K]), true);
      using x = new Value(gpu.tensor(randomNumbers(M * K, 2), [M, K]), true);
      using tape = new Tape(gpu, true);
      const inputs = [x, weight];
      using y = recomputed(tape, inputs, (tape, known) => {
        using active = gelu(tape, x);
        return linear(tape, active, weight, undefined, skips ? { known } : {});
      });
      const before = gpu.dispatches;
      tape.backward(y);
      const dispatches = gpu.dispatches - before;
      const read = ({ grad }: Value) => gpu.read(grad!);
      gradients.push([await gpu.read(y.tensor), ...await Promise.all(inputs.map(read))]);
      counts.push(dispatches);
      for (const each of inputs) each.dropGrad();
    }
    assertEquals(gradients[1], gradients[0]);
    assert(counts[1]! < counts[0]!, `${counts} dispatches`);
  },
);

gpuTest("recomputed() releases its inputs when backward is not run", (gpu) => {
  using tape = new Tape(gpu, true);
  const x = new Value(gpu.tensor(randomNumbers(9, 1)), true);
  using _y = recomputed(tape, [x], (tape) => gelu(tape, x));
  x[Symbol.dispose]();
});
