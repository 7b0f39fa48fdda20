/**
 * The texts of a draw.
 *
 * @module
 */

import type { TextRun } from "../common/messages.ts";
import { element } from "./elements.ts";

/** Shows texts, each with a button that copies it. */
export class TextList {
  readonly #list = element("texts-shown", HTMLOListElement);
  readonly #copy: (text: string, index: number) => void;

  /** `copy` is called with a text that is to be copied, and its index. */
  constructor(copy: (text: string, index: number) => void) {
    this.#copy = copy;
  }

  /** Shows texts in place of those shown before. */
  show(texts: readonly (readonly TextRun[])[]): void {
    while (this.#list.children.length > texts.length) this.#list.lastElementChild!.remove();
    for (const [index, runs] of texts.entries()) {
      const item = this.#list.children[index] ?? this.#list.appendChild(this.#item(index));
      item.querySelector("p")!.replaceChildren(...runs.flatMap(nodesOf));
    }
  }

  #item(index: number): HTMLLIElement {
    const item = document.createElement("li");
    const text = document.createElement("p");
    const copy = document.createElement("button");
    copy.type = "button";
    copy.textContent = "Copy";
    copy.setAttribute("aria-label", `Copy text ${index + 1}`);
    copy.addEventListener("click", () => this.#copy(text.textContent, index));
    item.append(text, copy);
    return item;
  }
}

/** Blanks around words are marked only where nothing else is. */
function nodesOf({ text, changed }: TextRun): (Node | string)[] {
  if (!changed) return [text];
  const [, before, marked, after] = /^(\s*)(.*?)(\s*)$/s.exec(text)!;
  const mark = document.createElement("mark");
  if (marked === "") {
    mark.textContent = text;
    return [mark];
  }
  mark.textContent = marked!;
  return [before!, mark, after!];
}
