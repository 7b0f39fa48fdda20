/**
 * Checks the times of training samples, made from recorded draws.
 *
 * @module
 */

import { shareOf, type TimeDraws, timesFromDraws } from "../../lib/flow/time_sampling.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

interface TimeCase extends TimeDraws {
  name: string;
  t_min: number;
  t_max: number;
  t: number[];
  training: {
    num_nodes: number;
    node_rank: number;
    num_devices: number;
    local_rank: number;
    accumulate_grad_batches: number;
    accum_step: number;
  } | null;
}

/** Checks `time_sampling`. */
export async function checkTimeSampling(context: CheckContext): Promise<void> {
  for (
    const { name, uniform, permutation, t_min, t_max, t, training } of await context.golden.cases<
      TimeCase
    >()
  ) {
    const times = timesFromDraws({ uniform, permutation }, { min: t_min, max: t_max });
    const share = training === null ? times : shareOf(times, {
      numRanks: training.num_nodes * training.num_devices,
      rank: training.node_rank * training.num_devices + training.local_rank,
      numMicroSteps: training.accumulate_grad_batches,
      microStep: training.accum_step,
    });
    context.compareValues(name, share, t, Bound.Equal);
  }
}
