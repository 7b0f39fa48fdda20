/**
 * The products of layers.
 *
 * @module
 */

/** A product of A [M,K], stored as [K,M] if `aT`, and B [K,N], stored as [N,K] if `bT`. */
export interface Product {
  name: string;
  M: number;
  N: number;
  K: number;
  aT: boolean;
  bT: boolean;
}

/** The three products of a linear layer of `rows` inputs: y = x·Wᵀ, dx = dy·W, dW = dyᵀ·x. */
export function linearLayer(
  name: string,
  rows: number,
  inputs: number,
  outputs: number,
): Product[] {
  return [
    { name: `${name} forward`, M: rows, N: outputs, K: inputs, aT: false, bT: true },
    { name: `${name} backward x`, M: rows, N: inputs, K: outputs, aT: false, bT: false },
    { name: `${name} backward W`, M: outputs, N: inputs, K: rows, aT: true, bT: false },
  ];
}
