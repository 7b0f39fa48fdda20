/**
 * What the doctor finds.
 *
 * @module
 */

import type { BackendName } from "../../lib/gpu/backend.ts";
import type { AdapterKind } from "../../lib/gpu/adapter.ts";

/** Something that is wrong, or may turn out to be. */
export interface Finding {
  /** `bad`: something does not work; `doubtful`: it may not; `note`: worth knowing. */
  readonly level: "bad" | "doubtful" | "note";
  /** What was found. */
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Free and whole size of something, in bytes. */
export interface Room {
  /** Bytes that are free. */
  readonly free: number;
  /** Bytes in all. */
  readonly total: number;
}

/** A description of a Vulkan driver, as the loader finds it. */
export interface Driver {
  /** The JSON file. */
  readonly file: string;
  /** The library that it names, with links resolved; null if that is not there. */
  readonly library: string | null;
  /** The version of Vulkan that it says it has. */
  readonly version: string;
}

/** The machine and what runs on it. */
export interface Machine {
  /** The version of flm. */
  readonly flm: string;
  /** The version of Deno. */
  readonly deno: string;
  /** Operating system, its release, and the processor's kind. */
  readonly system: string;
  /** Processor cores. */
  readonly cores: number;
  /** Memory; null where the system does not say. */
  readonly memory: Room | null;
  /** The disk that the folder of the project is on. */
  readonly disk: Room | null;
  /** Vulkan drivers; null on systems that use none. */
  readonly drivers: readonly Driver[] | null;
  /** Variables of the environment that decide on the device, as far as they are set. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A kernel's answer to a question whose answer is known. */
export interface Answer {
  /** What was asked. */
  readonly name: string;
  /** The largest error. */
  readonly error: number;
  /** The error that rounding explains. */
  readonly bound: number;
}

/** How fast a device is, by a measurement of a second. */
export interface Rates {
  /** Floating-point operations a second of a product of square matrices. */
  readonly flops: number;
  /** Bytes a second that a copy reads and writes. */
  readonly bytes: number;
  /** Seconds of a wait for next to nothing. */
  readonly wait: number;
  /** Seconds of the first product, most of them for compiling. */
  readonly first: number;
}

/** An adapter, as it was found. */
export interface AdapterReport {
  /** A line of its name, kind and largest binding. */
  readonly description: string;
  /** Which kernels it gets. */
  readonly kind: AdapterKind;
  /** All that it says of itself. */
  readonly info: Readonly<Record<string, string | number>>;
  /** Optional features of WebGPU. */
  readonly features: readonly string[];
  /** Limits, by their names. */
  readonly limits: Readonly<Record<string, number>>;
  /** Known answers. */
  readonly answers: readonly Answer[];
  /** How fast it is; null if its answers are wrong. */
  readonly rates: Rates | null;
}

/** A backend, with its adapter or the reason that there is none. */
export interface BackendReport {
  /** Its name. */
  readonly name: BackendName;
  /** Its adapter; null if there is none. */
  readonly adapter: AdapterReport | null;
  /** Why there is none, or what went wrong; null if nothing did. */
  readonly fault: string | null;
  /** Whether it has been fetched; builtin always is. */
  readonly isHere: boolean;
}

/** Whether an answer is what it should be; one that is no number is not. */
export function isRight({ error, bound }: Answer): boolean {
  return error <= bound;
}

/** Whether a model can be trained by a backend. */
export function isUsable({ adapter, fault }: BackendReport): boolean {
  return fault === null && adapter !== null && adapter.answers.every(isRight);
}
