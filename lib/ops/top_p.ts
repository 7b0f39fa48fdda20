/**
 * Rows of probabilities that are cut to their most likely classes.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";

/** Every row has a class that is likelier, whatever its length. */
const LEAST_TOP_P = 1e-9;

/**
 * Cuts each row of probabilities [rows, columns] to the smallest set of most likely classes whose
 * probabilities sum to at least `topP`, and divides these by their sum: nucleus sampling
 * (arXiv 1904.09751). Classes that are as likely as the last one of the set stay, too, so that the
 * result does not depend on an order.
 *
 * @param topP In (0, 1]. What sums to it exactly may miss it by a rounding, and take one more.
 */
export function topPRows(gpu: Gpu, p: Tensor, topP: number, options: RowLanes = {}): void {
  const columns = p.shape.at(-1) ?? 1;
  const rows = p.size / columns;
  const { constants, grid } = rowLayout(gpu, rows, columns, options);
  gpu.run("top_p_rows", constants, {
    bind: { p },
    params: { rows, columns, top_p: Math.max(topP, LEAST_TOP_P) },
    grid,
  });
}
