/**
 * Transforms of a whole document before it is tokenized, by name.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { lm1bDetokenizer } from "./detokenize_lm1b.ts";

/** Makes a document's text what people write from what a corpus holds. */
export type Detokenizer = (text: string) => string;

const DETOKENIZERS: Readonly<Record<string, Detokenizer>> = { lm1b: lm1bDetokenizer };

/** The names that {@linkcode createDetokenizer} knows. */
export const DETOKENIZER_NAMES: readonly string[] = Object.keys(DETOKENIZERS);

/**
 * The detokenizer of that name; null leaves texts as they are. It takes a document at a time.
 *
 * @throws {ConfigError} if there is no such detokenizer.
 */
export function createDetokenizer(name: string | null): Detokenizer {
  if (name === null) return (text) => text;
  const detokenizer = Object.hasOwn(DETOKENIZERS, name) ? DETOKENIZERS[name] : undefined;
  if (detokenizer !== undefined) return detokenizer;
  throw new ConfigError(
    `Unknown detokenizer "${name}": data.detokenizer must be one of ` +
      `${DETOKENIZER_NAMES.join(", ")}, or null.`,
  );
}
