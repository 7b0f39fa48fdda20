/**
 * Fingerprints of vocabularies and tokenizers.
 *
 * @module
 */

/** The SHA-256 of a text in UTF-8, in hexadecimal digits. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
