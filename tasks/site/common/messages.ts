/**
 * What the page and its worker say to each other.
 *
 * @module
 */

import type { Settings } from "./settings.ts";

/** Characters of a text that are shown alike. */
export interface TextRun {
  /** The characters. */
  readonly text: string;
  /** Whether a token of them is another than a step before. */
  readonly changed: boolean;
}

/** What is shown of a loaded model. */
export interface ModelFacts {
  /** The name of the run that it comes from. */
  readonly name: string;
  /** What it is, such as "flow language model". */
  readonly title: string;
  /** Numbers of its network, and of its teacher if it writes with one. */
  readonly numParameters: number;
  /** Tokens of a text. */
  readonly length: number;
  /** Tokens that there are. */
  readonly vocabSize: number;
  /** What a blank of a template stands for. */
  readonly unit: "character" | "bytes" | "word";
  /** Whether it takes `gamma`. */
  readonly takesGamma: boolean;
  /** Whether it takes a temperature and a top-p. */
  readonly takesSharpening: boolean;
  /** The WebGPU adapter that it runs on. */
  readonly adapterName: string;
  /** What it does not say and was assumed, in sentences. */
  readonly notes: readonly string[];
}

/** What a draw took. */
export interface DrawFigures {
  /** Seconds until the texts were there. */
  readonly seconds: number;
  /** Texts. */
  readonly numTexts: number;
  /** Their tokens. */
  readonly numTokens: number;
  /** How often a network was asked. */
  readonly numEvaluations: number;
}

/** What the page asks for. Whatever is asked for next stops a draw. */
export type Order =
  | {
    readonly kind: "load";
    /** What `FlowLanguageModel.load` takes. */
    readonly location: string;
    /** Whether its files come whole, since they are the site's own. */
    readonly whole: boolean;
  }
  | {
    readonly kind: "draw";
    /** Tells this draw from others. */
    readonly draw: number;
    readonly settings: Settings;
  }
  | { readonly kind: "stop" };

/** What the worker tells. */
export type Report =
  | {
    readonly kind: "loading";
    /** Bytes that have come. */
    readonly bytes: number;
  }
  | { readonly kind: "loaded"; readonly facts: ModelFacts }
  | { readonly kind: "load-failed"; readonly message: string }
  | {
    readonly kind: "step";
    readonly draw: number;
    /** Steps done. */
    readonly step: number;
    /** Every text as it stands. */
    readonly texts: readonly (readonly TextRun[])[];
  }
  | { readonly kind: "drawn"; readonly draw: number; readonly figures: DrawFigures }
  | {
    readonly kind: "draw-failed";
    readonly draw: number;
    readonly message: string;
    /** Whether the device has failed, so that only loading the model again helps. */
    readonly isLost: boolean;
  };
