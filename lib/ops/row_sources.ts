/**
 * Row sources that need no network: a given matrix, and the one-hot rows of tokens.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { elementwise } from "./elementwise.ts";
import { workgroupSize } from "./lanes.ts";
import type { RowSource } from "./vocabulary.ts";

/**
 * Rows copied by a workgroup; of long ones, which have many rounds of a loop (`MOST_ROUNDS`), one.
 */
const BLOCK = { short: 16, long: 1 };
/** Rows are long from here on. */
const LONG_ROW = 1 << 14;

/** The rows of a given matrix [M, V]. */
export function tensorRows(gpu: Gpu, x: Tensor): RowSource {
  const [, xColumns = 1] = x.shape;
  return {
    tensors: [x],
    wholeRows: false,
    write(target, rowStart, columnStart) {
      const [rows = 1, columns = 1] = target.shape;
      const block = columns < LONG_ROW ? BLOCK.short : BLOCK.long;
      gpu.run("copy_block", { WG: workgroupSize(gpu.kind), BLOCK: block }, {
        bind: { x, y: target },
        params: {
          rows,
          columns,
          row_start: rowStart,
          column_start: columnStart,
          x_columns: xColumns,
        },
        grid: foldGrid(Math.ceil(rows / block)),
      });
    },
  };
}

/** The one-hot rows of token ids, `u32` [M]; a token beyond V gives zeros. */
export function oneHotRows(gpu: Gpu, tokens: Tensor): RowSource {
  return {
    tensors: [tokens],
    wholeRows: true,
    write(target, rowStart) {
      const [rows = 1, columns = 1] = target.shape;
      gpu.clear(target);
      const { constants, count, grid } = elementwise(gpu.kind, rows);
      gpu.run("one_hot", constants, {
        bind: { tokens, y: target },
        params: { count, columns, row_start: rowStart },
        grid,
      });
    },
  };
}
