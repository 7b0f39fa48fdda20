/**
 * The matrix product on raw tensors, with strides, offsets, transposes, bias
 * and accumulation: what every linear operation is made of. There are several ways to compute it;
 * matmul_choice.ts says which is taken.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { MatmulArgs } from "./matmul_args.ts";
import { chooseWay } from "./matmul_choice.ts";
import { matrixMatmul } from "./matmul_matrix.ts";
import { plainMatmul } from "./matmul_plain.ts";
import { REGISTER_TILES, registerMatmul } from "./matmul_register.ts";
import { tiledMatmul, TILES } from "./matmul_tiled.ts";
import type { MatmulWay } from "./matmul_way.ts";

export type { MatmulArgs, Matrix } from "./matmul_args.ts";
export type { MatmulVariant, MatmulWay } from "./matmul_way.ts";

/**
 * Records a matrix product.
 *
 * @param way How it is computed: as was found fastest, or suits the adapter and the shape, unless
 * told.
 * @throws {GpuError} for the variant `matrix` on an adapter without matrix units.
 */
export function matmul(gpu: Gpu, args: MatmulArgs, way: MatmulWay = chooseWay(gpu, args)): void {
  const { variant, split = 1 } = way;
  switch (variant) {
    case "plain":
      return plainMatmul(gpu, args);
    case "register":
      return registerMatmul(gpu, args);
    case "register8x32":
    case "register8x64":
    case "register16x32":
    case "register16x64":
      return registerMatmul(gpu, args, REGISTER_TILES[variant]);
    case "matrix":
      return matrixMatmul(gpu, args, gpu.requireMatrixUnits(), split);
    default:
      return tiledMatmul(gpu, args, TILES[variant], split);
  }
}
