/**
 * Checks the loss of the denoiser flow map (PSD), with its gradients. Its files
 * call the time tau, and s, u, t are gammas.
 *
 * @module
 */

import { type Intervals, pickIntervals, withGammas } from "../../lib/flow/intervals.ts";
import { timesFromDraws } from "../../lib/flow/time_sampling.ts";
import {
  psdLoss,
  type PsdModels,
  type PsdOutputs,
  PsdSamples,
  psdScales,
} from "../../lib/methods/psd/loss.ts";
import { PsdCategory, psdCounts, psdTimes } from "../../lib/methods/psd/times.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape } from "../../lib/ops/tape.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { mixture } from "./mixture.ts";
import { loadDit, readEmbedded, readLogProbs, readProbs } from "./model.ts";
import { checkMeansAndGradients, corruptRecorded, Observed } from "./training_step.ts";

interface Description {
  weights: { student: string; teacher: string };
  loss: { diagonal_fraction: number; boundary_prob: number; logit_cap: number };
}

/** Checks `psd_loss`. */
export async function checkPsdLoss(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const gpu = await resources.gpu();
  const { weights, loss } = await golden.description<Description>();
  const logitCap = loss.logit_cap;
  using teacher = await loadDit(context, weights.teacher, { logitCap });
  using student = await loadDit(context, weights.student, { grads: true, logitCap });
  const { length, vocabSize } = student.config;

  const { intervals, categories } = await checkTimes(context, loss, vocabSize);
  using allTokens = gpu.tensor(new Uint32Array(await golden.read("x0", "i32")));
  const x = await corruptRecorded(context, student, allTokens, intervals.gammaStart);
  await context.compare("x_s", x, Bound.Forward);

  // The loss takes the diagonal samples first; the file has the jumps in this order too.
  const samplesOf = (...wanted: PsdCategory[]) =>
    wanted.flatMap((category) =>
      [...categories.keys()].filter((sample) => categories[sample] === category)
    );
  const diagonal = samplesOf(PsdCategory.Diagonal);
  const jumps = samplesOf(PsdCategory.OffDiagonal, PsdCategory.Boundary);
  await context.compareTokens("idx_diag", diagonal);
  await context.compareTokens("idx_offdiag", jumps);
  const order = [...diagonal, ...jumps];
  const tokenOrder = spread(order, length);
  const xInOrder = Float32Array.from(spread(order, length * vocabSize), (at) => x[at]!);

  using corrupted = gpu.tensor(xInOrder, [allTokens.size, vocabSize]);
  const ids = await gpu.readU32(allTokens);
  using tokens = gpu.tensor(Uint32Array.from(tokenOrder, (at) => ids[at]!));
  const ordered = pickIntervals(intervals, order);
  using samples = new PsdSamples(gpu, ordered, diagonal.length, order);
  const batch = { corrupted: tensorRows(gpu, corrupted), tokens, samples };

  using tape = new Tape(gpu, true);
  using observed = new Observed<PsdOutputs>();
  const { observe } = observed;
  using losses = psdLoss(tape, { student, teacher }, { ...batch, observe });
  const place = { jumps: pickIntervals(intervals, jumps), order, x: xInOrder };
  await checkOutputs(context, { student, teacher }, observed.outputs, place);

  const perToken = await gpu.read(losses.tensor);
  await context.compare("per_token_loss", inFileOrder(perToken, tokenOrder), Bound.Forward);
  const half = diagonal.length * length;
  await context.compare("diag_loss", [mean(perToken.subarray(0, half))], Bound.Forward);
  await context.compare("offdiag_loss", [mean(perToken.subarray(half))], Bound.Forward);
  await checkMeansAndGradients(context, { tape, model: student, losses, tokenOrder });

  using quiet = new Tape(gpu, false);
  using toData = psdLoss(quiet, { student, teacher: null }, batch);
  const withoutTeacher = inFileOrder(await gpu.read(toData.tensor), tokenOrder);
  await context.compare("per_token_loss_no_teacher", withoutTeacher, Bound.Forward);
}

/** Checks the categories, times and gammas that the recorded draws give. */
async function checkTimes(
  context: CheckContext,
  { diagonal_fraction, boundary_prob }: Description["loss"],
  vocabSize: number,
): Promise<{ intervals: Intervals; categories: PsdCategory[] }> {
  const { golden, resources } = context;
  const split = await golden.read("perm_split", "i32");
  const { diagonal, boundary } = psdCounts(split.length, {
    diagonalFraction: diagonal_fraction,
    boundaryOneIn: boundary_prob,
  });
  const categories = Array.from(
    split,
    (rank) =>
      rank < diagonal
        ? PsdCategory.Diagonal
        : rank < diagonal + boundary
        ? PsdCategory.Boundary
        : PsdCategory.OffDiagonal,
  );
  await context.compareTokens("category", categories);

  const drawn = async (name: string) =>
    timesFromDraws({
      uniform: await golden.read(`eps_${name}`),
      permutation: await golden.read(`perm_${name}`, "i32"),
    });
  const draws = {
    diagonal: await drawn("diag"),
    lengths: await drawn("d"),
    fractions: await drawn("s"),
  };
  await context.compare("tau_diag", draws.diagonal, Bound.Statistic);
  await context.compare("tau_d_offdiag", draws.lengths, Bound.Statistic);
  const allJumps = psdTimes(categories.map(() => PsdCategory.OffDiagonal), draws);
  await context.compare("tau_s_offdiag", allJumps.start, Bound.Statistic);
  await context.compare("tau_t_offdiag", allJumps.end, Bound.Statistic);

  const intervals = withGammas(resources.schedule(vocabSize), psdTimes(categories, draws));
  await context.compare("tau_s", intervals.start, Bound.Statistic);
  await context.compare("tau_u", intervals.middle, Bound.Statistic);
  await context.compare("tau_t", intervals.end, Bound.Statistic);
  await context.compare("s", intervals.gammaStart, Bound.Statistic);
  await context.compare("u", intervals.gammaMiddle, Bound.Statistic);
  await context.compare("t", intervals.gammaEnd, Bound.Statistic);
  return { intervals, categories };
}

/** What the outputs of the networks are combined with. */
interface Situation {
  /** The jumps. */
  jumps: Intervals;
  /** The file's sample of each sample of the loss. */
  order: readonly number[];
  /** x_s in the order of the loss, [B·L, V]. */
  x: Float32Array;
}

/** Checks the networks' outputs, and the matrices that the loss's factors make of them. */
async function checkOutputs(
  context: CheckContext,
  { student, teacher }: PsdModels,
  outputs: PsdOutputs,
  { jumps, order, x }: Situation,
): Promise<void> {
  const { gpu, config: { length, vocabSize } } = student;
  const onDiagonal = await readProbs(teacher!, outputs.teacher!);
  await context.compare("on_diagonal_target", onDiagonal, Bound.Forward);
  const whole = await readLogProbs(student, outputs.whole);
  const wholeInOrder = inFileOrder(whole, spread(order, length * vocabSize));
  await context.compare("log_D_st", wholeInOrder, Bound.Forward);

  const first = await readProbs(student, outputs.first!);
  const second = await readProbs(student, outputs.second!);
  const { keep, pull, lambda } = psdScales(jumps);
  const rest = lambda.map((share) => 1 - share);
  const mix = (...terms: Parameters<typeof mixture>[1]) => mixture(lambda.length, terms);
  const xOfJumps = x.subarray(x.length - first.length);
  const found = {
    D_su: first,
    D_ut: second,
    lambda,
    X_su: mix({ scales: keep, values: xOfJumps }, { scales: pull, values: first }),
    offdiag_target: mix({ scales: lambda, values: first }, { scales: rest, values: second }),
  };
  for (const [name, values] of Object.entries(found)) {
    await context.compare(name, values, Bound.Forward);
  }
  const state = await readEmbedded(student, await context.golden.read("X_su"));
  context.compareValues("X_su (embedded)", await gpu.read(outputs.state!), state, Bound.Forward);
}

/** The places of all numbers of samples, `size` each, in the order of the samples. */
function spread(order: readonly number[], size: number): number[] {
  return order.flatMap((sample) => Array.from({ length: size }, (_, i) => sample * size + i));
}

/** Puts every value at its place in the file. */
function inFileOrder(values: Float32Array, places: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  values.forEach((value, i) => result[places[i]!] = value);
  return result;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
