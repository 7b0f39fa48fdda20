/**
 * What a key means, where people read it.
 *
 * @module
 */

/**
 * The line that says what a key or a section means.
 *
 * @param name What it is called.
 * @throws {TypeError} if it says nothing.
 */
export function docOf(name: string, { doc = "" }: { readonly doc?: string }): string {
  if (doc === "") throw new TypeError(`${name} of the configuration does not say what it means`);
  return doc;
}
