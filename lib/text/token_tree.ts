/**
 * Tokens by their bytes, one byte after another.
 *
 * @module
 */

import { ABSENT, PairMap } from "./pair_map.ts";

/** The node that every tree begins with. */
export const ROOT = 0;

/** A tree of tokens: a node for every beginning of one. */
export class TokenTree {
  /** The node that follows a node by a byte. */
  readonly #nodes = new PairMap();
  /** The token that ends at each node, or `ABSENT`. */
  readonly #ids: number[] = [ABSENT];

  /** Adds another root, for tokens that are looked for elsewhere. */
  addRoot(): number {
    return this.#ids.push(ABSENT) - 1;
  }

  /** Adds a token below a root. */
  add(root: number, bytes: Uint8Array, id: number): void {
    let node = root;
    for (const byte of bytes) {
      const known = this.#nodes.get(node, byte);
      if (known === ABSENT) {
        const added = this.addRoot();
        this.#nodes.set(node, byte, added);
        node = added;
      } else node = known;
    }
    this.#ids[node] = id;
  }

  /** The node that follows a node by a byte, or `ABSENT`. */
  follow(node: number, byte: number): number {
    return this.#nodes.get(node, byte);
  }

  /** The token that ends at a node, or `ABSENT`. */
  idAt(node: number): number {
    return this.#ids[node]!;
  }
}
