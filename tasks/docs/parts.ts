/**
 * The parts of a page that are made from the code.
 *
 * @module
 */

import { FlmError } from "../../lib/errors.ts";

/**
 * A page with a part of it replaced.
 *
 * @param file What messages call the page.
 * @param page Markdown with the lines `<!-- begin NAME … -->` and `<!-- end NAME -->`.
 * @param part The part's name.
 * @param text What comes between these lines.
 * @throws {FlmError} if the page does not have these lines once each.
 */
export function replacePart(file: string, page: string, part: string, text: string): string {
  const [before, rest, ...more] = page.split(new RegExp(`(?<=^<!-- begin ${part}\\b.*$)`, "m"));
  const [, after, ...others] = (rest ?? "").split(new RegExp(`(?=^<!-- end ${part} -->$)`, "m"));
  if (after === undefined || more.length + others.length > 0) {
    throw new FlmError(
      `${file}: expected the lines <!-- begin ${part} --> and <!-- end ${part} --> once each, and ` +
        "found none or more. Put them around the place of the part.",
    );
  }
  return `${before}\n\n${text}\n\n${after}`;
}
