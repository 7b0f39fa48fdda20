/**
 * What the sample program shows on standard error while it writes texts.
 *
 * @module
 */

import type { FlowLanguageModel } from "../sampling/flow_language_model.ts";
import type { SampleOptions } from "../sampling/options.ts";
import { Progress } from "./progress.ts";
import { TextWatch } from "./watch.ts";

/** What is seen while texts are written. */
export interface SampleView extends Disposable {
  /** What it is told by. */
  readonly hooks: Pick<SampleOptions, "onProgress" | "onStep">;
  /** Makes room while something is printed. */
  around(print: () => void): void;
  /** Ends it when all is done. */
  finish(): void;
}

/** How many steps are done, and how fast. */
export class ProgressView implements SampleView {
  readonly #bar = new Progress({ label: "sample" });

  /** See {@linkcode SampleView.hooks}. */
  readonly hooks: SampleView["hooks"] = { onProgress: this.#bar.onProgress };

  /** See {@linkcode SampleView.around}. */
  around(print: () => void): void {
    this.#bar.around(print);
  }

  /** Shows that all is done. */
  finish(): void {
    this.#bar.finish();
  }

  /** Ends the bar where it stands. */
  [Symbol.dispose](): void {
    this.#bar[Symbol.dispose]();
  }
}

/** The texts themselves, as they form. */
export class TextView implements SampleView {
  /** See {@linkcode SampleView.hooks}. */
  readonly hooks: SampleView["hooks"];
  readonly #watch = new TextWatch();

  /** The model decodes; `numSamples` is how many there will be. */
  constructor({ tokenizer }: FlowLanguageModel, numSamples: number) {
    this.hooks = {
      onStep: ({ firstSample, step, numSteps, tokens }) => {
        const last = firstSample + tokens.length;
        const texts = tokens.length === 1 ? `sample ${last}` : `samples ${firstSample + 1}-${last}`;
        const heading = `${texts} of ${numSamples}, step ${step}/${numSteps}`;
        this.#watch.show(heading, tokens.map((ids) => tokenizer.decode(ids)));
      },
    };
  }

  /** See {@linkcode SampleView.around}. */
  around(print: () => void): void {
    // What is printed elsewhere stays to be seen here.
    if (Deno.stdout.isTerminal()) this.#watch.clear();
    else this.#watch.leave();
    print();
  }

  /** Does nothing: the last texts have been printed. */
  finish(): void {}

  /** Does nothing. */
  [Symbol.dispose](): void {}
}
