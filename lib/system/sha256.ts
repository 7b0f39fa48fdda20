/**
 * SHA-256 of bytes that come piece by piece. The platform's `crypto.subtle` wants all of them at
 * once, which is too much of a checkpoint.
 *
 * @module
 */

import { PlainSha256 } from "./sha256_plain.ts";

/** A hash that is fed. */
export interface ByteHash {
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The hash of all bytes so far, in hexadecimal digits. The hash takes no more bytes. */
  hex(): string;
}

/** Starts a SHA-256: the runtime's own, or in a page, which has none of this kind, a plain one. */
export async function sha256(): Promise<ByteHash> {
  const crypto = await import("node:crypto").catch(() => null);
  if (crypto === null) return new PlainSha256();
  const hash = crypto.createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}
