/**
 * The sizes of a network, as the shapes of its tensors have them.
 *
 * @module
 */

import type { TensorFile } from "../../safetensors/tensor_file.ts";
import { CheckpointError } from "../../errors.ts";
import { type DitConfig, ditParameterSpecs } from "../../model/dit_specs.ts";
import { describeNames } from "../../schema/field.ts";
import type { ReferenceHints } from "./hints.ts";

/** What is known of a network besides its tensors. */
export interface SizeHints extends ReferenceHints {
  /** Cap of the logits. */
  readonly logitCap: number | null;
  /**
   * Numbers of the buffer of rotary frequencies, which are half a head; undefined if it is gone.
   */
  readonly numFrequencies: number | undefined;
}

/**
 * The sizes of a DiT whose tensors have the names that they have here.
 *
 * @param told The length of a sequence, as a person says it.
 * @throws {CheckpointError} if a tensor is missing, unknown or of a shape that does not fit, the
 * configuration says other sizes, or nothing says how many heads or how long sequences are.
 */
export function ditSizes(file: TensorFile, hints: SizeHints, told?: number): DitConfig {
  const fail = (reason: string) => new CheckpointError(`Cannot read ${file.name}: ${reason}`);
  const shape = (name: string): readonly number[] => {
    const info = file.tensors.get(name);
    if (info?.shape.length === 2) return info.shape;
    throw fail(
      info === undefined
        ? `it has no tensor "${name}", so that it is no model of the reference (it has ` +
          `${describeNames([...file.tensors.keys()].slice(0, 5))}).`
        : `its tensor "${name}" has the shape [${info.shape}], expected two sizes.`,
    );
  };
  const [vocabSize, hiddenSize] = shape("vocab_embed.embedding") as [number, number];
  const [condDim] = shape("sigma_map.mlp.0.weight") as [number, number];
  const names = [...file.tensors.keys()];
  const has = (prefix: string) => names.some((name) => name.startsWith(prefix));
  const blocks = names.flatMap((name) => /^blocks\.(\d+)\./.exec(name)?.[1] ?? []);
  const found = {
    vocabSize,
    hiddenSize,
    condDim,
    numBlocks: new Set(blocks).size,
    doubleTemb: has("sigma_map_prime."),
    learnableLossWeighting: has("learnable_loss_weighting."),
  };
  if (found.numBlocks === 0) throw fail("it has no blocks (blocks.0.…).");
  const numHeads = headsOf(file.name, hiddenSize, hints);
  const length = told ?? hints.length;
  if (length === undefined) {
    throw fail("it does not say how long sequences are. Say it by --length TOKENS.");
  }
  if (told !== undefined && hints.length !== undefined && told !== hints.length) {
    throw fail(`its sequences have ${hints.length} tokens, not the ${told} of --length.`);
  }
  for (const [key, value] of Object.entries(found)) {
    const said = hints[key as keyof typeof found];
    // Whatever was trained beside it: a second time may be asked for and not kept.
    if (said === undefined || said === value) continue;
    throw fail(
      `its configuration says ${key} ${said}, but its tensors are of ${key} ${value}: they do not ` +
        `belong together.`,
    );
  }
  const { dropout = 0, logitCap } = hints;
  const config = { ...found, numHeads, length, dropout, logitCap };
  requireTensors(file, config);
  return config;
}

/** Heads of a block. @throws {CheckpointError} if nothing says it, or two say different things. */
function headsOf(
  name: string,
  hiddenSize: number,
  { numHeads, numFrequencies }: SizeHints,
): number {
  const fail = (reason: string) => new CheckpointError(`Cannot read ${name}: ${reason}`);
  const ofBuffer = numFrequencies === undefined ? undefined : hiddenSize / (2 * numFrequencies);
  const heads = numHeads ?? ofBuffer;
  if (heads === undefined) {
    throw fail(
      "nothing says how many heads its blocks have: neither n_heads of a configuration nor the " +
        "buffer rotary_emb.inv_freq. Add n_heads to its config.json.",
    );
  }
  if (ofBuffer !== undefined && heads !== ofBuffer) {
    throw fail(
      `its configuration says ${heads} heads, but its rotary frequencies are of ${ofBuffer}.`,
    );
  }
  if (hiddenSize % (4 * heads) === 0) return heads;
  throw fail(`its width of ${hiddenSize} is not a multiple of 4 times its ${heads} heads.`);
}

/** Checks that a file has all the tensors of a network, and no others. */
function requireTensors(file: TensorFile, config: DitConfig): void {
  const specs = ditParameterSpecs(config);
  for (const { name, shape } of specs) file.info(name, shape);
  const known = new Set(specs.map(({ name }) => name));
  const others = [...file.tensors.keys()].filter((name) => !known.has(name));
  if (others.length === 0) return;
  throw new CheckpointError(
    `Cannot read ${file.name}: it has tensors that no model known here has: ` +
      `${describeNames(others)}.`,
  );
}
