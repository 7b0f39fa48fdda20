/**
 * Pickles made by hand.
 *
 * @module
 */

/** Bytes: numbers are themselves, texts their UTF-8. */
export function bytesOf(...parts: readonly (number | string)[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "number" ? [part] : [...encoder.encode(part)]),
  );
}

/** A pickle of protocol 2: its instructions, those of one letter as texts. */
export function pickleOf(...parts: readonly (number | string)[]): Uint8Array<ArrayBuffer> {
  return bytesOf(0x80, 2, ...parts, ".");
}

/** Parts of a pickle that are a short text (protocol 4 has it, and all readers take it). */
export function textPart(text: string): (number | string)[] {
  return [0x8c, new TextEncoder().encode(text).length, text];
}
