/**
 * Text of foreign origin, made safe to print.
 *
 * @module
 */

/**
 * Control characters but newline and tab, those of C1, and marks that turn the writing direction.
 */
// deno-lint-ignore no-control-regex
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text as a terminal may show it: control characters, by which a corpus or a file from elsewhere
 * could move the cursor, set the title or hide what is printed, appear escaped (`\x1b`, `\u202e`).
 * Newlines and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (hidden) => {
    const code = hidden.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
