/**
 * A bound on the memory that a reader asks for, before it has it.
 *
 * @module
 */

/** The classes of arrays that are as large as they are told to be. */
const CLASSES = [
  "ArrayBuffer",
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array"],
  ...["Uint32Array", "BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array"],
  "Float64Array",
] as const;

/** Counts the bytes of all arrays that are made of a size, in this thread. */
export class AllocationMeter {
  readonly #most: number;
  #bytes = 0;

  /** Takes the place of the classes of arrays. What would exceed `most` bytes is not made. */
  constructor(most: number) {
    this.#most = most;
    for (const name of CLASSES) {
      const made = globalThis[name] as unknown as new (...given: unknown[]) => object;
      const width = "BYTES_PER_ELEMENT" in made ? made.BYTES_PER_ELEMENT as number : 1;
      const metered = new Proxy(made, {
        construct: (target, given, newTarget) => {
          if (typeof given[0] === "number") this.#add(given[0] * width);
          return Reflect.construct(target, given, newTarget);
        },
      });
      Object.defineProperty(globalThis, name, { value: metered });
    }
  }

  /** Begins to count anew. */
  reset(): void {
    this.#bytes = 0;
  }

  /** @throws {Error} if more was asked for than there may be, whatever came of it. */
  check(): void {
    if (this.#bytes > this.#most) {
      throw new Error(`Arrays of ${this.#bytes} bytes were asked for, ${this.#most} are allowed`);
    }
  }

  #add(bytes: number): void {
    if (!(bytes > 0)) return;
    this.#bytes += bytes;
    this.check();
  }
}
