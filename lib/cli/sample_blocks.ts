/**
 * Texts for people, each below a line that counts it, and what was written so read again.
 *
 * @module
 */

import { DataError } from "../errors.ts";

/** The line above a text; its number, and that of all. */
const HEAD = /(?<![^\n])--- sample (\d+) of (\d+) ---\r?\n/;

/** A text, counted from 0, below its line; a print adds an empty line. */
export function sampleBlock(text: string, index: number, count: number): string {
  return `--- sample ${index + 1} of ${count} ---\n${text}\n`;
}

/**
 * The texts of a file of printed {@linkcode sampleBlock}s; null if it does not begin with one.
 *
 * @param path What messages call the file.
 * @throws {DataError} if they are not all there, as after Ctrl-C, or not in their order.
 */
export function readSampleBlocks(content: string, path: string): string[] | null {
  if (content.match(HEAD)?.index !== 0) return null;
  const [, ...parts] = content.split(HEAD);
  const texts = parts.filter((_, i) => i % 3 === 2).map((text) =>
    text.replace(/(\r?\n){1,2}$/, "")
  );
  const whole = texts.map((_, i) => `${i + 1} of ${texts.length}`);
  const found = texts.map((_, i) => `${parts[3 * i]} of ${parts[3 * i + 1]}`);
  const wrong = found.findIndex((each, i) => each !== whole[i]);
  if (wrong < 0) return texts;
  throw new DataError(
    `${path} has lines that count its texts, ${texts.length} of them, where the line above text ` +
      `${wrong + 1} says ${found[wrong]}: expected all texts of one call of sample. Write them ` +
      `anew, or take those lines out and have a text a line.`,
  );
}
