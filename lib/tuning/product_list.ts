/**
 * The matrix products of a training's step, found without computing any.
 *
 * @module
 */

import type { MatmulArgs } from "../ops/matmul_args.ts";
import { type Product, productName, productOf } from "../ops/product.ts";
import { useWays, type WayChooser } from "../ops/ways.ts";
import { type DryRunOptions, openDryRun } from "../planning/dry_run.ts";

/** Notes the products that a device is asked for, and leaves their ways as they are. */
class ProductList implements WayChooser {
  /** The products by their names. */
  readonly products = new Map<string, Product>();
  /** None are chosen. */
  readonly record = {};

  /** See {@linkcode WayChooser.wayOf}. */
  wayOf(args: MatmulArgs): undefined {
    const name = productName(args);
    if (!this.products.has(name)) this.products.set(name, productOf(args));
  }
}

/**
 * The products of a step by their names, in the order in which they are first computed: its own
 * code runs on a dry device.
 *
 * @throws {DataError} if the cards cannot share its batch evenly.
 * @throws {OutOfMemoryError} if a buffer is larger than a binding may be.
 */
export async function productsOfStep(
  options: DryRunOptions,
): Promise<ReadonlyMap<string, Product>> {
  using run = openDryRun(options);
  const list = new ProductList();
  useWays(run.gpu, list);
  await run.trainer.recordStep();
  return list.products;
}
