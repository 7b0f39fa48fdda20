/**
 * Sequences as what is seen and what is to be predicted.
 *
 * @module
 */

/** Tokens, and the token after each of them. */
export interface NextTokens {
  /** All but the last token of each sequence, [batch · (length − 1)]. */
  context: Uint32Array<ArrayBuffer>;
  /** All but the first. */
  next: Uint32Array<ArrayBuffer>;
}

/** Divides sequences of `length` tokens, of which `ids` holds a whole number. */
export function nextTokens(ids: Uint32Array, length: number): NextTokens {
  const batch = ids.length / length;
  const context = new Uint32Array(batch * (length - 1));
  const next = new Uint32Array(context.length);
  for (let i = 0; i < batch; i++) {
    const sequence = ids.subarray(i * length, (i + 1) * length);
    context.set(sequence.subarray(0, -1), i * (length - 1));
    next.set(sequence.subarray(1), i * (length - 1));
  }
  return { context, next };
}
