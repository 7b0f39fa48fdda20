/**
 * The error classes of flm. Every error a person may meet is an
 * {@linkcode FlmError} whose message says what was found, what was expected
 * and how to mend it; programs print it without a stack trace.
 *
 * @module
 */

/**
 * Base class of every error that flm throws on purpose.
 *
 * @example Show what a person can mend, and nothing else
 * ```ts
 * import { FlmError, FlowLanguageModel } from "@flm/flm";
 *
 * try {
 *   using model = await FlowLanguageModel.load("runs/nothing");
 *   console.log(model.state.step);
 * } catch (error) {
 *   if (!(error instanceof FlmError)) throw error;
 *   console.log(error.message);
 * }
 * ```
 */
export class FlmError extends Error {
  /** The class name, so that logs show which kind of error it was. */
  override get name(): string {
    return this.constructor.name;
  }
}

/** The class of an error, where it depends on what is being read. */
export type ErrorClass = new (message: string, options?: ErrorOptions) => FlmError;

/**
 * Whether Deno refused a permission. Such errors are passed on as they are: a program says which
 * flag grants it.
 */
export function isPermissionDenied(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}

/** What an error of whatever kind says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A message as a sentence, after which another may come. */
export function sentenceOf(message: string): string {
  return message.replace(/(?<![.!?])$/, ".");
}

/** Whether an error is passed on as it is, since it says already what happened and to what. */
export function isExplained(error: unknown): boolean {
  return error instanceof FlmError || isPermissionDenied(error);
}

/**
 * A configuration file or command-line override is wrong.
 *
 * @example A key that is not known
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { ConfigError, parseConfig } from "@flm/flm";
 *
 * assertThrows(() => parseConfig({ nam: "mine" }), ConfigError, "nam: unknown key");
 * ```
 */
export class ConfigError extends FlmError {}

/**
 * A corpus, shard or batch is missing, empty, truncated or altered.
 *
 * @example A text that is too short
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { DataError, trainText } from "@flm/flm";
 *
 * await assertRejects(() => trainText("too short"), DataError, "Use a longer corpus");
 * ```
 */
export class DataError extends FlmError {}

/**
 * A checkpoint or safetensors file is missing, truncated or does not fit.
 *
 * @example A run that is not there
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { CheckpointError, FlowLanguageModel } from "@flm/flm";
 *
 * await assertRejects(() => FlowLanguageModel.load("runs/nothing"), CheckpointError);
 * ```
 */
export class CheckpointError extends FlmError {}

/**
 * No adapter, a lost device, or a kernel that failed validation.
 *
 * @example A tensor larger than the device allows
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { Gpu, GpuError } from "@flm/flm";
 *
 * using gpu = await Gpu.open({ maxBindingBytes: 1024 });
 * assertThrows(() => gpu.empty([1000]), GpuError);
 * ```
 */
export class GpuError extends FlmError {}

/**
 * Memory for a buffer could not be had, or is more than the device ever gives; or the device was
 * lost, for which that is the usual cause.
 */
export class OutOfMemoryError extends GpuError {}
