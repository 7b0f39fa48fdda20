/**
 * Checks the loss of the semigroup distillation, with its gradients.
 *
 * @module
 */

import type { Intervals } from "../../lib/flow/intervals.ts";
import {
  semigroupError,
  semigroupJumps,
  semigroupLoss,
  type SemigroupModels,
  type SemigroupOutputs,
  semigroupScales,
} from "../../lib/methods/semigroup/loss.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { weightedMean } from "../../lib/ops/weighted_mean.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { checkJumps, difference, type JumpDescription } from "./jumps.ts";
import { mixture } from "./mixture.ts";
import { loadDit, readEmbedded, readLogits, readProbs } from "./model.ts";
import { checkMeansAndGradients, corruptRecorded, Observed } from "./training_step.ts";

interface Description {
  weights: { teacher: string; student: string };
  loss: JumpDescription & { velocity_eps: number };
}

/** What the outputs of the networks are combined with. */
interface Situation {
  intervals: Intervals;
  /** x_s, [B·L, V]. */
  x: Float32Array<ArrayBuffer>;
  velocityEps: number;
}

/** Checks `distill_loss`. */
export async function checkDistillLoss(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const gpu = await resources.gpu();
  const { weights, loss: { velocity_eps: velocityEps, ...loss } } = await golden.description<
    Description
  >();
  using teacher = await loadDit(context, weights.teacher);
  using student = await loadDit(context, weights.student, { grads: true });
  const models = { student, teacher };

  const intervals = await checkJumps(context, loss, student.config.vocabSize);
  const { gammaStart, gammaMiddle, gammaEnd } = intervals;
  await context.compare("c_t_mid", gammaMiddle, Bound.Statistic);
  await context.compare("c_t_end", gammaEnd, Bound.Statistic);
  await context.compare("c_d_half_1", difference(gammaMiddle, gammaStart), Bound.Statistic);
  await context.compare("c_d_half_2", difference(gammaEnd, gammaMiddle), Bound.Statistic);
  using tokens = gpu.tensor(new Uint32Array(await golden.read("x0", "i32")));
  const x = await corruptRecorded(context, student, tokens, gammaStart);
  await context.compare("x_t", x, Bound.Forward);
  using rows = gpu.tensor(x, [tokens.size, student.config.vocabSize]);
  using jumps = semigroupJumps(gpu, intervals, velocityEps);
  const batch = { corrupted: tensorRows(gpu, rows), jumps };

  using quiet = new Tape(gpu, false);
  using observed = new Observed<SemigroupOutputs>();
  const { observe } = observed;
  using unweighted = semigroupError(quiet, models, { ...batch, observe });
  await checkOutputs(context, models, observed.outputs, { intervals, x, velocityEps });
  const name = "per_token_loss_unweighted";
  await context.compare(name, await gpu.read(unweighted.tensor), Bound.Forward);
  using mean = weightedMean(quiet, unweighted, null, tokens.size);
  await context.compare("mean_loss_unweighted", await gpu.read(mean.tensor), Bound.Forward);
  using weight = student.lossWeighting(quiet, jumps.of.start);
  await context.compare("loss_weight", await gpu.read(weight.tensor), Bound.Forward);

  using tape = new Tape(gpu, true);
  using losses = semigroupLoss(tape, models, batch);
  await context.compare("per_token_loss", await gpu.read(losses.tensor), Bound.Forward);
  await checkMeansAndGradients(context, { tape, model: student, losses });
}

/** Checks the networks' outputs, and the matrices that the loss's factors make of them. */
async function checkOutputs(
  context: CheckContext,
  models: SemigroupModels,
  outputs: SemigroupOutputs,
  { intervals, x, velocityEps }: Situation,
): Promise<void> {
  const { student, teacher } = models;
  const { gammaStart: a, gammaMiddle: b, gammaEnd: c } = intervals;
  const scales = semigroupScales(intervals, velocityEps);
  const mix = (...terms: Parameters<typeof mixture>[1]) => mixture(a.length, terms);
  const each = (factor: (a: number, b: number, c: number) => number) =>
    a.map((value, i) => factor(value, b[i]!, c[i]!));

  const pStart = await readProbs(teacher, outputs.start);
  const pMiddle = await readProbs(teacher, outputs.middle);
  const first = await readLogits(student, outputs.first);
  const second = await readLogits(student, outputs.second);
  const whole = await readLogits(student, outputs.whole);
  const next = mix(
    { scales: scales.keep, values: x },
    { scales: scales.pull, values: pStart },
    { scales: scales.bend, values: first },
  );
  const error = mix(
    { scales: scales.errorState, values: x },
    { scales: scales.errorStart, values: pStart },
    { scales: scales.errorMiddle, values: pMiddle },
    { scales: scales.errorFirst, values: first },
    { scales: scales.errorSecond, values: second },
    { scales: scales.errorWhole, values: whole },
  );
  const weight = scales.errorWhole.map((factor) => -factor);
  const prediction = mix({ values: pStart }, { scales: weight, values: whole });
  const boot = mix({ values: error }, { values: prediction });

  /** The velocity that leads from one state to another in a duration. */
  const over = (
    duration: (a: number, b: number, c: number) => number,
    to: ArrayLike<number>,
    from: ArrayLike<number>,
  ) => {
    const plus = each((a, b, c) => 1 / duration(a, b, c));
    const minus = plus.map((factor) => -factor);
    return mix({ scales: plus, values: to }, { scales: minus, values: from });
  };
  const velocity = over((a) => 1 - a + velocityEps, pStart, x);
  const middleVelocity = over((_, b) => 1 - b + velocityEps, pMiddle, next);
  const halfJump = each((_, b, c) => (c - b) / 2);
  const found = {
    f_theta_s: pStart,
    f_theta_u: pMiddle,
    g_theta_s_u: first,
    g_theta_u_t: second,
    f_final_sc: whole,
    v_s_hat: velocity,
    v_s_u_hat: over((a, b) => b - a, next, x),
    large_f_s_u: next,
    v_u_hat: middleVelocity,
    v_u_t_hat: mix({ values: middleVelocity }, { scales: halfJump, values: second }),
    x_boot: boot,
    v_hat: over((a) => 1 - a, boot, x),
    weight,
    f_final: prediction,
    error,
  };
  for (const [name, values] of Object.entries(found)) {
    await context.compare(name, values, Bound.Forward);
  }
  await checkStates(context, models, outputs);
}

/** Checks the state between the jumps as both networks embed it. */
async function checkStates(
  context: CheckContext,
  { student, teacher }: SemigroupModels,
  outputs: SemigroupOutputs,
): Promise<void> {
  const golden = await context.golden.read("large_f_s_u");
  for (
    const [model, tensor, who] of [
      [teacher, outputs.teacherState, "teacher"],
      [student, outputs.studentState, "student"],
    ] as const
  ) {
    const quantity = `large_f_s_u (embedded, ${who})`;
    const expected = await readEmbedded(model, golden);
    context.compareValues(quantity, await model.gpu.read(tensor), expected, Bound.Forward);
  }
}
