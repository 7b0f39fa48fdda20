/**
 * The page's elements by their ids.
 *
 * @module
 */

/** An element of index.html. @throws {Error} if the page has no such element. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${type.name} with the id ${id}`);
}

/** Shows a text in an element, which is hidden if the text is empty. */
export function showText(target: HTMLElement, text: string): void {
  target.textContent = text;
  target.hidden = text === "";
}
