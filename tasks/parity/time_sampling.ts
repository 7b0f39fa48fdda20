/**
 * Checks the times of training samples, made from recorded draws.
 *
 * @module
 */

import { sliceBatch } from "../../lib/data/batches/batches.ts";
import { type TimeDraws, timesFromDraws } from "../../lib/flow/time_sampling.ts";
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
    const { offset, count } = sliceBatch(
      times.length,
      training === null ? {} : {
        numRanks: training.num_nodes * training.num_devices,
        rank: training.node_rank * training.num_devices + training.local_rank,
        numMicroBatches: training.accumulate_grad_batches,
        microBatch: training.accum_step,
      },
    );
    context.compareValues(name, times.subarray(offset, offset + count), t, Bound.Equal);
  }
}
