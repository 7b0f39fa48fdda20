/**
 * The ways to compute a matrix product, and their names in files.
 *
 * @module
 */

import { REGISTER_TILES, type RegisterTileName } from "./matmul_register.ts";
import { type TileName, TILES } from "./matmul_tiled.ts";

/**
 * How a product is computed: as its definition has it; in registers, from images (processors), in
 * tiles that follow from the shape or in others; in tiles that pass through workgroup memory
 * (graphics cards); or on matrix units.
 */
export type MatmulVariant = "plain" | "register" | "matrix" | RegisterTileName | TileName;

/** A variant, and how it is used. */
export interface MatmulWay {
  /** The kernel. */
  readonly variant: MatmulVariant;
  /** Into how many parts K may be divided, with workgroups of their own; 1 unless told. */
  readonly split?: number;
}

const VARIANTS: ReadonlySet<string> = new Set<MatmulVariant>([
  "plain",
  "register",
  "matrix",
  ...(Object.keys(REGISTER_TILES) as RegisterTileName[]),
  ...(Object.keys(TILES) as TileName[]),
]);

/** A way as a word: `tile64x64`, or `tile64x64/4` with K in four parts. */
export function formatWay({ variant, split = 1 }: MatmulWay): string {
  return split === 1 ? variant : `${variant}/${split}`;
}

/** The way of a word; null if there is none of that name. */
export function parseWay(word: string): MatmulWay | null {
  const [, variant = "", split = "1"] = /^([a-z]+[0-9x]*)(?:\/([1-9][0-9]{0,5}))?$/.exec(word) ??
    [];
  if (!VARIANTS.has(variant)) return null;
  return { variant: variant as MatmulVariant, ...(split !== "1" && { split: Number(split) }) };
}
