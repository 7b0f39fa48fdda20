/**
 * The steps of a draw, to be looked at again.
 *
 * @module
 */

import type { TextRun } from "../common/messages.ts";
import { element } from "./elements.ts";

/** Every text as it stood after a step. */
type Texts = readonly (readonly TextRun[])[];

/** Keeps how texts formed, and lets a person choose the step that is shown. */
export class Replay {
  readonly #box = element("replay", HTMLDivElement);
  readonly #slider = element("shown", HTMLInputElement);
  readonly #output = element("shown-step", HTMLOutputElement);
  readonly #show: (texts: Texts) => void;
  #steps: Texts[] = [];
  #total = 0;
  /** Whether the newest step is shown. */
  #follows = true;

  /** `show` is called with the texts of the step that is to be seen. */
  constructor(show: (texts: Texts) => void) {
    this.#show = show;
    this.#slider.addEventListener("input", () => {
      // There may be no such step yet, or none at all.
      const step = Math.min(Math.max(1, this.#slider.valueAsNumber), this.#steps.length);
      this.#follows = step === this.#steps.length;
      this.#see(step);
    });
  }

  /** Begins with a draw of so many steps. The texts that are there stay until its first one. */
  begin(total: number): void {
    this.#steps = [];
    this.#total = total;
    this.#follows = true;
    this.#slider.max = String(total);
    this.#slider.value = "0";
    this.#output.value = `0 of ${total}`;
    this.#box.hidden = total === 1;
  }

  /** Takes the texts as they stand after the next step. */
  add(texts: Texts): void {
    this.#steps.push(texts);
    if (this.#follows) this.#see(this.#steps.length);
  }

  #see(step: number): void {
    this.#slider.value = String(step);
    this.#output.value = `${step} of ${this.#total}`;
    const texts = this.#steps[step - 1];
    if (texts !== undefined) this.#show(texts);
  }
}
