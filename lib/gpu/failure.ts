/**
 * What goes wrong on a device, which WebGPU tells by events at a later time.
 *
 * @module
 */

import { GpuError, OutOfMemoryError, sentenceOf } from "../errors.ts";

/** The first error that a device reports: an error of validation, no memory, or its loss. */
export class DeviceFailure {
  #failure: GpuError | undefined;
  #closed = false;

  /**
   * Listens to a device from now on.
   *
   * @param reservedBytes Bytes that flm holds on it, for the message.
   * @param lastKernels The kernels that it was given last, likewise.
   */
  constructor(
    device: GPUDevice,
    reservedBytes: () => number,
    lastKernels: () => readonly string[],
  ) {
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      const message = error.message.trim();
      this.set(
        // Backends have classes of their own, by the same name.
        error.constructor.name === "GPUOutOfMemoryError"
          ? new OutOfMemoryError(
            `The GPU has no memory left: ${message}. flm held ${reservedBytes()} bytes. ` +
              "Use a smaller batch, length or model.",
          )
          : new GpuError(
            `The GPU refused a command: ${message}\n` +
              `Kernels of the last batch: ${lastKernels().join("; ") || "none"}`,
          ),
      );
    });
    device.lost.then((lost) => {
      // Its fields are not read: a device that was given up may have taken its backend along.
      if (this.#closed) return;
      const { reason, message } = lost;
      // Drivers hardly ever say why. Who asks for more than there is mostly finds out in this way.
      const LostError = reason === "destroyed" ? GpuError : OutOfMemoryError;
      this.set(
        new LostError(
          `The GPU device was lost (${reason}): ${sentenceOf(message.trim())} Out of memory or ` +
            "a driver reset are the usual causes. What it held is gone: load the model anew, or " +
            "go on with a run from its last checkpoint.",
        ),
      );
    });
  }

  /** Takes an error that was found in another way, if it is the first. */
  set(failure: GpuError): void {
    this.#failure ??= failure;
  }

  /** Throws the first error, if there is any. @throws {GpuError} */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** From now on the loss of the device is no failure: it is given up. */
  close(): void {
    this.#closed = true;
  }
}
