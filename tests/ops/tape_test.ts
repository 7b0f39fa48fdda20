import { assert, assertEquals } from "@std/assert";
import { gelu } from "../../lib/ops/activation.ts";
import { add } from "../../lib/ops/add.ts";
import { scale } from "../../lib/ops/scale.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { gpuTest } from "../testing/gpu.ts";

const DATA = Float32Array.of(-2, 0.5, 3);

gpuTest("Tape.backward() adds up the gradients of all uses of a value", async (gpu) => {
  using tape = new Tape(gpu, true);
  using x = new Value(gpu.tensor(DATA), true);
  using twice = scale(tape, x, 2);
  using thrice = scale(tape, x, 3);
  using both = add(tape, twice, thrice);
  using y = add(tape, both, x);
  tape.backward(y, 0.5);
  assertEquals([...await gpu.read(x.grad!)], [3, 3, 3]);
  assertEquals([twice, thrice, both, y].map(({ grad }) => grad), Array(4).fill(undefined));
  x.dropGrad();
});

gpuTest("Tape.backward() adds to a parameter's gradient for good", async (gpu) => {
  using sink = gpu.tensor(Float32Array.of(1, 1, 1));
  using x = new Value(gpu.tensor(DATA), true, sink);
  for (const seed of [1, 2]) {
    using tape = new Tape(gpu, true);
    using y = scale(tape, x, 4);
    tape.backward(y, seed);
  }
  assertEquals([...await gpu.read(sink)], [13, 13, 13]);
  assert(x.grad === sink);
});

gpuTest("Tape gives no gradient to what wants none, and keeps nothing for it", (gpu) => {
  for (const [training, needsGrad] of [[true, false], [false, true]] as const) {
    using tape = new Tape(gpu, training);
    const before = gpu.memory().inUse;
    {
      using x = new Value(gpu.tensor(DATA), needsGrad);
      using y = gelu(tape, x);
      assertEquals(y.needsGrad, false);
    }
    assertEquals(gpu.memory().inUse, before);
  }
});

gpuTest("Tape releases what it has saved when it is not run", (gpu) => {
  using tape = new Tape(gpu, true);
  const x = new Value(gpu.tensor(DATA), true);
  const before = gpu.memory().inUse;
  using _y = gelu(tape, x);
  x[Symbol.dispose]();
  assert(gpu.memory().inUse > before, "the input is kept");
});

gpuTest("Value.giveGrad() takes the first gradient itself, and adds a second", async (gpu) => {
  using x = new Value(gpu.tensor(DATA), true);
  using first = gpu.tensor(Float32Array.of(1, 2, 3));
  using second = gpu.tensor(Float32Array.of(10, 20, 30));
  x.giveGrad(gpu, first);
  assert(x.grad === first);
  x.giveGrad(gpu, second);
  assertEquals([...await gpu.read(x.grad!)], [11, 22, 33]);
  x.dropGrad();
});
