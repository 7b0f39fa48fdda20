import { assert, assertEquals } from "@std/assert";
import type { Gpu } from "../../../lib/gpu/gpu.ts";
import {
  semigroupError,
  semigroupJumps,
  semigroupLoss,
  semigroupScales,
} from "../../../lib/methods/semigroup/loss.ts";
import type { DenoiserInputs } from "../../../lib/model/denoiser.ts";
import { corruptedRows } from "../../../lib/ops/corruption.ts";
import { assertClose } from "../../testing/check_op.ts";
import { gpuTest } from "../../testing/gpu.ts";
import {
  assertFewWideRows,
  lossAndGradients,
  randomDit,
  someIntervals,
  someTokens,
} from "../../testing/tiny_distillation.ts";

Deno.test("semigroupScales() leaves x_s out where ε is 0, and shares of outputs add up", () => {
  const intervals = someIntervals(101, 50);
  const exact = semigroupScales(intervals, 0);
  const near = semigroupScales(intervals, 1e-5);
  for (let i = 0; i < 50; i++) {
    assert(Math.abs(exact.errorState[i]!) < 1e-12, `factor ${exact.errorState[i]} of x_s`);
    assert(Math.abs(exact.errorStart[i]! + exact.errorMiddle[i]!) < 1e-12);
    assert(Math.abs(exact.keep[i]! + exact.pull[i]! - 1) < 1e-12);
  }
  for (const name of Object.keys(exact) as (keyof typeof exact)[]) {
    const most = Math.max(...exact[name].map((value, i) => Math.abs(value - near[name][i]!)));
    assert(most < 2e-4, `${name} differs by ${most}`);
  }
  assert(near.errorState.some((factor) => Math.abs(factor) > 1e-6));
});

/** A step of three samples with losses, gradients and memory. */
async function runStep(
  gpu: Gpu,
  options: {
    velocityEps?: number;
    vocabSize?: number;
    numSamples?: number;
    unweighted?: boolean;
    observe?: (model: "student" | "teacher", inputs: DenoiserInputs) => void;
    dropout?: number;
  } = {},
) {
  const { velocityEps = 0, vocabSize = 11, numSamples = 3, dropout = 0 } = options;
  const config = { vocabSize, dropout };
  using teacher = randomDit(gpu, config, { seed: 1 });
  const ofStudent = { ...config, doubleTemb: true, learnableLossWeighting: true };
  using student = randomDit(gpu, ofStudent, { seed: 2, grads: true });
  for (const [name, model] of [["student", student], ["teacher", teacher]] as const) {
    const forward = model.forward.bind(model);
    model.forward = (tape, embedded, inputs) => {
      options.observe?.(name, inputs);
      return forward(tape, embedded, inputs);
    };
  }
  const { length } = student.config;
  const intervals = someIntervals(vocabSize, numSamples);
  using jumps = semigroupJumps(gpu, intervals, velocityEps);
  using tokens = gpu.tensor(someTokens(vocabSize, numSamples * length));
  using gammas = gpu.tensor(new Float32Array(intervals.gammaStart));
  const draw = { key: [1, 2] as const, step: 3, firstSample: 0 };
  const corrupted = corruptedRows(gpu, { tokens, gammas, length, ...draw });
  const loss = options.unweighted ? semigroupError : semigroupLoss;
  return await lossAndGradients(
    student,
    (tape) => loss(tape, { student, teacher }, { corrupted, jumps, dropout: draw }),
  );
}

gpuTest("semigroupLoss() without ε agrees with the reference's form", async (gpu) => {
  const exact = await runStep(gpu);
  const near = await runStep(gpu, { velocityEps: 1e-5 });
  assertClose(exact.losses, near.losses, 1e-4, "losses");
  for (const [name, gradient] of near.gradients) {
    assertClose(exact.gradients.get(name)!, gradient, 2e-4, `gradient of ${name}`);
  }
});

gpuTest(
  "semigroupLoss() is the same in windows and chunks, and holds few rows of V",
  (gpu) => assertFewWideRows(gpu, runStep),
);

gpuTest(
  "semigroupLoss() drops other numbers in every pass of the student, none of the teacher",
  async (gpu) => {
    const passes: unknown[] = [];
    let teacherPasses = 0;
    const observe = (model: "student" | "teacher", { dropout, targetTimes }: DenoiserInputs) => {
      if (model === "student") {
        assert(targetTimes !== undefined);
        passes.push(dropout?.pass);
      } else {
        assertEquals([dropout, targetTimes], [undefined, undefined]);
        teacherPasses++;
      }
    };
    const dropped = await runStep(gpu, { dropout: 0.3, unweighted: true, observe });
    assertEquals(passes, [1, 2, 0]);
    assertEquals(teacherPasses, 2);
    const again = await runStep(gpu, { dropout: 0.3, unweighted: true });
    const without = await runStep(gpu, { unweighted: true });
    assertEquals(dropped.losses, again.losses);
    assert(dropped.losses.every((loss, i) => loss !== without.losses[i]));
  },
);
