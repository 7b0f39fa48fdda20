/**
 * The matrix product as its definition has it: what every other way is compared with.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { MOST_ROUNDS } from "../gpu/limits.ts";
import { elementwise } from "./elementwise.ts";
import { bindingsOf, formOf, inStepsOf, type MatmulArgs } from "./matmul_args.ts";

/** Records a product, some numbers an invocation. */
export function plainMatmul(gpu: Gpu, args: MatmulArgs): void {
  const { M, N } = args;
  const { constants, count, grid } = elementwise(gpu.kind, M * N);
  // Half of the rounds, so that there is room for the ends of loops.
  const mostK = Math.floor(MOST_ROUNDS / 2 / constants.STEPS);
  for (const part of inStepsOf(args, mostK)) {
    const { K, a, b, c, bias } = part;
    const { BIAS, ACCUMULATE } = formOf(part);
    gpu.run("matmul_plain", { ...constants, BIAS, ACCUMULATE }, {
      bind: bindingsOf(part),
      params: {
        count,
        N,
        K,
        a_start: a.start ?? 0,
        a_row: a.transposed ? 1 : a.stride,
        a_col: a.transposed ? a.stride : 1,
        b_start: b.start ?? 0,
        b_row: b.transposed ? 1 : b.stride,
        b_col: b.transposed ? b.stride : 1,
        c_start: c.start ?? 0,
        c_stride: c.stride,
        bias_start: bias?.start ?? 0,
      },
      grid,
      flops: 2 * M * N * K,
    });
  }
}
