/**
 * Whether a file has the tensors that `state.json` tells of.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import type { Network, NetworkClass } from "../model/network.ts";
import type { TensorFile } from "../safetensors/tensor_file.ts";
import { STATE } from "./files.ts";

/**
 * Checks that a file has the tensors of a network, before anything is made of the network's sizes.
 *
 * @throws {CheckpointError} naming the first tensor that is missing or of another shape.
 */
export function requireShapes(
  file: TensorFile,
  networkClass: Pick<NetworkClass<Network>, "specs">,
  config: DitConfig,
): void {
  const { numBlocks } = config;
  const blocks = new Set<string>();
  for (const name of file.tensors.keys()) {
    const block = /^blocks\.(\d+)\./.exec(name)?.[1];
    if (block !== undefined) blocks.add(block);
  }
  if (blocks.size !== numBlocks) {
    throw new CheckpointError(
      `${file.name} has ${blocks.size} blocks, but ${STATE} beside it says numBlocks ` +
        `${numBlocks}: they do not belong together.`,
    );
  }
  for (const { name, shape } of networkClass.specs(config)) file.info(name, shape);
}
