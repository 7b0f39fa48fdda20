/**
 * Checks the loss of the second stage, the distillation of a flow map into one network,
 * with its gradients.
 *
 * @module
 */

import type { Intervals } from "../../lib/flow/intervals.ts";
import {
  secondStageJumps,
  secondStageLoss,
  type SecondStageModels,
  type SecondStageOutputs,
  secondStageScales,
} from "../../lib/methods/second_stage/loss.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape } from "../../lib/ops/tape.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { checkJumps, type JumpDescription } from "./jumps.ts";
import { mixture } from "./mixture.ts";
import { loadDit, readLogits, readProbs } from "./model.ts";
import { checkMeansAndGradients, corruptRecorded, Observed } from "./training_step.ts";

interface Description {
  weights: { teacher_f: string; teacher_g: string; student: string };
  loss: JumpDescription & { velocity_eps: number };
  parameters_without_gradient: string[];
}

/** Checks `second_stage_loss`. */
export async function checkSecondStageLoss(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const gpu = await resources.gpu();
  const { weights, loss, parameters_without_gradient: withoutGradient } = await golden
    .description<Description>();
  using teacher = await loadDit(context, weights.teacher_f);
  using flowMap = await loadDit(context, weights.teacher_g);
  using student = await loadDit(context, weights.student, { grads: true });
  const models = { student, teacher, flowMap };

  const intervals = await checkJumps(context, loss, student.config.vocabSize);
  using tokens = gpu.tensor(new Uint32Array(await golden.read("x0", "i32")));
  const x = await corruptRecorded(context, student, tokens, intervals.gammaStart);
  await context.compare("x_t", x, Bound.Forward);
  using rows = gpu.tensor(x, [tokens.size, student.config.vocabSize]);
  using jumps = secondStageJumps(gpu, intervals, loss.velocity_eps);

  using tape = new Tape(gpu, true);
  using observed = new Observed<SecondStageOutputs>();
  const { observe } = observed;
  using losses = secondStageLoss(tape, models, {
    corrupted: tensorRows(gpu, rows),
    jumps,
    observe,
  });
  await checkOutputs(context, models, observed.outputs, {
    intervals,
    x,
    velocityEps: loss.velocity_eps,
  });
  await context.compare("per_token_loss", await gpu.read(losses.tensor), Bound.Forward);
  await checkMeansAndGradients(context, { tape, model: student, losses, withoutGradient });
}

/** What the outputs of the networks are combined with. */
interface Situation {
  intervals: Intervals;
  /** x_s, [B·L, V]. */
  x: Float32Array;
  velocityEps: number;
}

/** Checks the networks' outputs, and the matrices that the loss's factors make of them. */
async function checkOutputs(
  context: CheckContext,
  { student, teacher, flowMap }: SecondStageModels,
  outputs: SecondStageOutputs,
  { intervals, x, velocityEps }: Situation,
): Promise<void> {
  const { pull, bend, student: studentScales } = secondStageScales(intervals, velocityEps);
  const { gammaStart: a, gammaEnd: c } = intervals;
  const mix = (...terms: Parameters<typeof mixture>[1]) => mixture(a.length, terms);
  const p = await readProbs(teacher, outputs.teacher);
  const g = await readLogits(flowMap, outputs.flowMap);
  const h = await readProbs(student, outputs.student);

  const perTime = pull.map((k, i) => k / (c[i]! - a[i]!));
  const minusPerTime = perTime.map((factor) => -factor);
  const keep = pull.map((k) => 1 - k);
  const found = {
    f_final_f: p,
    f_final_g: g,
    student_pred: h,
    v_f: mix({ scales: perTime, values: p }, { scales: minusPerTime, values: x }),
    student_v: mix({ scales: perTime, values: h }, { scales: minusPerTime, values: x }),
    F_s_t: mix(
      { scales: keep, values: x },
      { scales: pull, values: p },
      { scales: bend, values: g },
    ),
    F_s_t_distilled: mix({ scales: keep, values: x }, { scales: pull, values: h }),
    error: mix(
      { scales: pull, values: p },
      { scales: bend, values: g },
      { scales: studentScales, values: h },
    ),
  };
  for (const [name, values] of Object.entries(found)) {
    await context.compare(name, values, Bound.Forward);
  }
}
