/**
 * What the page says of what it does.
 *
 * @module
 */

import { element, showText } from "./elements.ts";

/** The state in words, how far it is, and errors. */
export class StateLine {
  readonly #status = element("status", HTMLParagraphElement);
  readonly #detail = element("detail", HTMLSpanElement);
  readonly #progress = element("progress", HTMLProgressElement);
  readonly #notice = element("notice", HTMLDivElement);

  /** Says what goes on, to those who listen too. Ends the progress. */
  say(status: string): void {
    this.#status.textContent = status;
    this.#detail.textContent = "";
    this.#progress.hidden = true;
  }

  /** Shows how far it is: `share` from 0 to 1, or null if that is not known. */
  progress(detail: string, share: number | null): void {
    this.#detail.textContent = detail;
    this.#progress.hidden = false;
    if (share === null) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
  }

  /** Shows an error until the next call; none if it is empty. */
  fail(message: string): void {
    showText(this.#notice, message);
  }
}
