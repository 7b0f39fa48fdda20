/**
 * What a measurement of a card tells as it goes on: a line of JSON each, so that what was measured
 * is kept, whatever becomes of the process that measured it.
 *
 * @module
 */

import type { BackendReport } from "../../tasks/doctor/report.ts";

/** What figures are compared with: the plainest work of their kind that was measured. */
export type PeakName = "f32" | "f16" | "matrix" | "copy";

/** A measured rate. */
export interface Figure {
  readonly event: "figure";
  /** What was done. */
  readonly name: string;
  /** Its size. */
  readonly shape: string;
  /** How: a variant of a kernel, a precision. */
  readonly way: string;
  /** Seconds of one repetition. */
  readonly seconds: number;
  /** Whose clock these are of: the device's (timestamp queries) or the host's. */
  readonly clock: "device" | "host";
  /** How much a second. */
  readonly rate: number;
  /** Of what. */
  readonly unit: "FLOP/s" | "B/s" | "tokens/s" | "texts/s";
  /** Operations a second, where the unit is another and they are known. */
  readonly flops: number | null;
  /** The peak that bounds it; null if none does. */
  readonly peak: PeakName | null;
  /** Whether this is what a program gets that does not ask for it. */
  readonly isChosen: boolean;
  /** What else is to be known. */
  readonly note: string | null;
}

/** An answer that is known otherwise. */
export interface KnownAnswer {
  readonly event: "answer";
  /** What was asked. */
  readonly name: string;
  /** The error; null if it is no number. */
  readonly error: number | null;
  /** Whether it is as small as rounding makes it. */
  readonly isRight: boolean;
}

/** What tests of a file said. */
export interface TestFile {
  readonly event: "tests";
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  /** Names of those that failed, or the last words of a process that ended before its tests. */
  readonly failures: readonly string[];
}

/** A training of some steps on text. */
export interface Losses {
  readonly event: "losses";
  readonly name: string;
  readonly way: string;
  readonly steps: number;
  /** Mean losses of the first and of the last tenth of them, in nats a token. */
  readonly first: number;
  readonly last: number;
  readonly seconds: number;
}

/** Where the device's time goes. */
export interface Profile {
  readonly event: "profile";
  readonly name: string;
  readonly way: string;
  /** The kernels that take most, with their share and the rates that they reach. */
  readonly rows: readonly {
    readonly kernel: string;
    readonly share: number;
    readonly calls: number;
    readonly seconds: number;
    /** Operations a second; 0 where they are not counted. */
    readonly flops: number;
    /** Bytes a second of all that is bound. */
    readonly bytes: number;
  }[];
}

/** What a section tells. */
export type CardEvent =
  | { readonly event: "adapter"; readonly report: BackendReport }
  | { readonly event: "begin"; readonly item: string }
  | { readonly event: "skip"; readonly item: string; readonly why: string }
  | { readonly event: "fault"; readonly item: string; readonly message: string }
  | KnownAnswer
  | TestFile
  | Losses
  | Profile
  | Figure;
