/**
 * The byte-level alphabet of GPT-2's files, in which every byte is a visible character.
 *
 * @module
 */

/**
 * The characters that stand for the 256 bytes, all of them visible: a byte's own where Latin-1 has
 * a visible one, others from U+0100 on.
 */
const ALPHABET: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(visible ? byte : next++);
  });
})();
/** One more than the bytes, by the codes of their characters. */
const BYTES = new Uint16Array(0x200);
ALPHABET.forEach((character, byte) => BYTES[character.charCodeAt(0)] = byte + 1);

/** The bytes of UTF-8 that a token in the alphabet stands for (`Ġthe` is ` the`). */
export function bytesOfToken(token: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) bytes[i] = BYTES[token.charCodeAt(i)]! - 1;
  return bytes;
}

/** The token in the alphabet that stands for bytes. */
export function tokenOfBytes(bytes: Iterable<number>): string {
  let token = "";
  for (const byte of bytes) token += ALPHABET[byte]!;
  return token;
}

/** Whether a token has characters of the alphabet alone, at least one. */
export function isByteToken(token: string): boolean {
  return token !== "" &&
    [...token].every((character) => (BYTES[character.codePointAt(0)!] ?? 0) > 0);
}
