/**
 * SHA-256 of bytes, those that come piece by piece too: the platform's `crypto.subtle` wants all of
 * them at once, which is too much of a checkpoint.
 *
 * @module
 */

import { findBuiltin } from "./builtin.ts";
import { PlainSha256 } from "./sha256_plain.ts";

/** A hash that is fed. */
export interface ByteHash {
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The hash of all bytes so far, in hexadecimal digits. The hash takes no more bytes. */
  hex(): string;
}

/** Starts a SHA-256: the runtime's own, or in a page, which has none of this kind, a plain one. */
export function sha256(): ByteHash {
  const hash = findBuiltin("node:crypto")?.createHash("sha256");
  if (hash === undefined) return new PlainSha256();
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}

/** The SHA-256 of bytes, or of a text in UTF-8, in hexadecimal digits. */
export async function sha256Hex(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
