import { assert, assertEquals } from "@std/assert";
import { pickIntervals, withGammas } from "../../../lib/flow/intervals.ts";
import { GammaSchedule } from "../../../lib/flow/schedule.ts";
import { Gpu } from "../../../lib/gpu/gpu.ts";
import { psdCrossEntropy, psdLoss, PsdSamples, psdScales } from "../../../lib/methods/psd/loss.ts";
import type { DenoiserInputs } from "../../../lib/model/denoiser.ts";
import { corruptedRows } from "../../../lib/ops/corruption.ts";
import { assertClose } from "../../testing/check_op.ts";
import { gpuTest } from "../../testing/gpu.ts";
import {
  lossAndGradients,
  randomDit,
  someIntervals,
  someTokens,
} from "../../testing/tiny_distillation.ts";

/** A batch of some diagonal samples and jumps. */
interface Options {
  numDiagonal: number;
  numJumps: number;
  vocabSize?: number;
  /** Places in the global batch; in order unless given. */
  samples?: number[];
  toData?: boolean;
  weighted?: boolean;
  dropout?: number;
  observe?: (inputs: DenoiserInputs) => void;
}

async function runStep(gpu: Gpu, options: Options) {
  const { numDiagonal, numJumps, vocabSize = 11, dropout = 0 } = options;
  const count = numDiagonal + numJumps;
  const config = { vocabSize, dropout, logitCap: 4 };
  using teacher = randomDit(gpu, config, { seed: 1 });
  const learnableLossWeighting = options.weighted ?? false;
  const ofStudent = { ...config, doubleTemb: true, learnableLossWeighting };
  using student = randomDit(gpu, ofStudent, { seed: 2, grads: true });
  const forward = student.forward.bind(student);
  student.forward = (tape, embedded, inputs) => {
    options.observe?.(inputs);
    return forward(tape, embedded, inputs);
  };
  const { length } = student.config;
  const all = someIntervals(vocabSize, 40);
  const numbers = options.samples ?? Array.from({ length: count }, (_, i) => i);
  const { start, middle, end } = pickIntervals(all, numbers);
  for (let i = 0; i < numDiagonal; i++) middle[i] = end[i] = start[i]!;
  const intervals = withGammas(new GammaSchedule(vocabSize), { start, middle, end });
  using samples = new PsdSamples(gpu, intervals, numDiagonal, numbers);
  const ids = someTokens(vocabSize, 40 * length);
  using tokens = gpu.tensor(
    Uint32Array.from(numbers.flatMap((n) => [...ids.subarray(n * length, (n + 1) * length)])),
  );
  using gammas = gpu.tensor(new Float32Array(intervals.gammaStart));
  const draw = { key: [1, 2] as const, step: 3 };
  const corrupted = corruptedRows(gpu, {
    tokens,
    gammas,
    length,
    ...draw,
    firstSample: 0,
    samples: samples.all.samples,
  });
  const batch = { corrupted, tokens, samples, dropout: draw };
  const models = { student, teacher: options.toData ? null : teacher };
  const loss = options.weighted ? psdLoss : psdCrossEntropy;
  return await lossAndGradients(student, (tape) => loss(tape, models, batch));
}

Deno.test("psdScales() keep states on the line between x and D, and λ in [0, 1]", () => {
  const { keep, pull, lambda } = psdScales(someIntervals(101, 50));
  for (let i = 0; i < 50; i++) {
    assert(Math.abs(keep[i]! + pull[i]! - 1) < 1e-6);
    assert(lambda[i]! >= 0 && lambda[i]! < 1, `λ is ${lambda[i]}`);
  }
  // The last of them is the whole jump, whose second half alone decides where it ends.
  assertEquals(lambda[49], 0);
});

gpuTest("psdLoss() of samples is the same alone and among others", async (gpu) => {
  const length = 9;
  const dropout = 0.2;
  const together = await runStep(gpu, {
    numDiagonal: 2,
    numJumps: 3,
    samples: [4, 1, 0, 7, 39],
    weighted: true,
    dropout,
  });
  const diagonal = await runStep(gpu, {
    numDiagonal: 2,
    numJumps: 0,
    samples: [4, 1],
    weighted: true,
    dropout,
  });
  const jumps = await runStep(gpu, {
    numDiagonal: 0,
    numJumps: 3,
    samples: [0, 7, 39],
    weighted: true,
    dropout,
  });
  const apart = [...diagonal.losses, ...jumps.losses];
  assertEquals(apart.length, 5 * length);
  assertClose(together.losses, apart, 1e-6, "losses");
  for (const [name, gradient] of together.gradients) {
    const parts = [diagonal, jumps].map(({ gradients }) => gradients.get(name)!);
    const mean = gradient.map((_, i) => (2 * parts[0]![i]! + 3 * parts[1]![i]!) / 5);
    assertClose(gradient, mean, 2e-5, `gradient of ${name}`);
  }
});

gpuTest("psdLoss() without a teacher takes the tokens on the diagonal", async (gpu) => {
  const options = { numDiagonal: 2, numJumps: 1 };
  const toTeacher = await runStep(gpu, options);
  const toData = await runStep(gpu, { ...options, toData: true });
  assert(toData.losses.subarray(0, 18).every((loss, i) => loss !== toTeacher.losses[i]));
  assertEquals(toData.losses.subarray(18), toTeacher.losses.subarray(18));
});

gpuTest("psdLoss() is the same in windows and chunks, and holds few rows of V", async (gpu) => {
  const options = { numDiagonal: 3, numJumps: 3, vocabSize: 5003, weighted: true };
  const whole = await runStep(gpu, options);
  using small = await Gpu.open({ maxBindingBytes: 1 << 18 });
  const split = await runStep(small, options);
  assertClose(split.losses, whole.losses, 1e-6, "losses");
  for (const [name, gradient] of whole.gradients) {
    assertClose(split.gradients.get(name)!, gradient, 2e-5, `gradient of ${name}`);
  }
  // Twice as many rows need more memory for their H numbers each, not for V.
  const more = await runStep(small, { ...options, numDiagonal: 6, numJumps: 6 });
  const perRow = (more.peak - split.peak) / (6 * 9);
  assert(perRow < 5003 * 4 / 2, `${perRow} bytes a row`);
  await small.finish();
  assertEquals(small.memory().inUse, 0);
});

gpuTest("psdLoss() drops other numbers in every pass of the student", async (gpu) => {
  const passes: unknown[] = [];
  const observe = ({ dropout }: DenoiserInputs) => {
    assert(dropout?.samples !== undefined);
    passes.push(dropout.pass);
  };
  await runStep(gpu, { numDiagonal: 1, numJumps: 2, dropout: 0.3, observe });
  assertEquals(passes, [1, 2, undefined]);
});
