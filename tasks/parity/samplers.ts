/**
 * Checks the samplers of the FLM and of the flow maps of both stages.
 *
 * @module
 */

import type { FlowNetworks } from "../../lib/flow/networks.ts";
import type { SamplerStep } from "../../lib/flow/sampler_steps.ts";
import type { GammaSchedule } from "../../lib/flow/schedule.ts";
import { flmSteps } from "../../lib/methods/flm/steps.ts";
import { secondStageSteps } from "../../lib/methods/second_stage/steps.ts";
import { semigroupSteps } from "../../lib/methods/semigroup/steps.ts";
import type { CheckContext } from "./check.ts";
import { loadDit } from "./model.ts";
import { checkSamplerRun } from "./sampler_run.ts";

/** The weight files that the description of `samplers` names. */
interface SamplerWeights {
  flm: string;
  distill_teacher: string;
  distill_student: string;
  second_stage: string;
}

/** Checks `samplers`. */
export async function checkSamplers(context: CheckContext): Promise<void> {
  const { golden } = context;
  const { weights } = await golden.description<{ weights: SamplerWeights }>();
  using flm = await loadDit(context, weights.flm);
  await checkRuns(context, "flm", { denoiser: flm }, flmSteps);
  using teacher = await loadDit(context, weights.distill_teacher);
  using student = await loadDit(context, weights.distill_student);
  const flowMap = { denoiser: teacher, correction: student };
  await checkRuns(context, "distill", flowMap, semigroupSteps);
  using second = await loadDit(context, weights.second_stage);
  await checkRuns(context, "second_stage", { denoiser: second }, secondStageSteps);
}

/** Checks the runs of one kind of model, whatever their numbers of steps. */
async function checkRuns(
  context: CheckContext,
  kind: string,
  networks: FlowNetworks,
  stepsOf: (schedule: GammaSchedule, numSteps: number) => SamplerStep[],
): Promise<void> {
  const { golden, resources } = context;
  const schedule = resources.schedule(networks.denoiser.config.vocabSize);
  const noise = [await golden.read("z0")];
  for (const tensor of golden.tensors.keys()) {
    const numSteps = new RegExp(`^${kind}\\.(\\d+)\\.tokens$`).exec(tensor)?.[1];
    if (numSteps === undefined) continue;
    const steps = stepsOf(schedule, Number(numSteps));
    await checkSamplerRun(context, { name: `${kind}.${numSteps}`, networks, steps, noise });
  }
}
