/**
 * Tries a subject with damaged files, in the same thread.
 *
 * @module
 */

import { FlmError } from "../../lib/errors.ts";
import { philox4x32 } from "../../lib/random/philox.ts";
import { randomIntegers } from "../testing/random_integers.ts";
import { AllocationMeter } from "./allocation.ts";
import type { Bytes, Subject } from "./subject.ts";

/** What all inputs follow from, each by its number. */
export const SEED = 20261126;

/** Bytes of arrays that a file may have made. */
const MOST_ALLOCATED = 1 << 27;

/** Characters of a message: what a file says is shown in part. */
const LONGEST_MESSAGE = 2000;

/** What engines say of faults in programs, by which an error that wraps them is known. */
const FAULTS =
  /Cannot (read propert|set propert|convert|mix BigInt)|is not (a function|iterable|defined|a constr)|Invalid (array|typed array|string|count) |Maximum call stack|allocation failed|out of bounds/;

/** A damaged file. */
export interface Input {
  /** What messages call it. */
  readonly name: string;
  /** Its content. */
  readonly file: Bytes;
}

/** What came of a file: it was read whole, or an error of ours says what is wrong with it. */
export type Outcome = { readonly kind: "read" } | {
  readonly kind: "refused";
  /** What the error says; empty where there is none. */
  readonly message: string;
};

/** The input of a number, which does not depend on those before it. */
export async function inputOf(subject: Subject, number: number): Promise<Input> {
  const { damage } = subject;
  const files = { ...subject.files, ...subject.refused };
  const random = randomIntegers(philox4x32([number, 0, 0, 0], [SEED, 0])[0]);
  const names = Object.keys(files);
  const name = names[random(names.length)]!;
  const other = names[random(names.length)]!;
  return { name, file: await damage(files[name]!, random, files[other]!) };
}

/** Tries inputs, of which it makes sure that they are read or refused as they must be. */
export class Trial {
  readonly #subject: Subject;
  readonly #meter = new AllocationMeter(MOST_ALLOCATED);

  /** A trial of a subject; one in a thread. */
  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** @throws {Error} naming a file that should be good and is not. */
  async requireGoodFiles(): Promise<void> {
    for (const [name, file] of Object.entries(this.#subject.files)) {
      this.#meter.reset();
      if (await this.#subject.read(file, name) === false) {
        throw new Error(`The file ${name} has a fault before it is damaged`);
      }
      this.#meter.check();
    }
  }

  /** @throws what is no error of ours, or an error that does not say enough or too much. */
  async input(number: number): Promise<Outcome> {
    const { name, file } = await inputOf(this.#subject, number);
    this.#meter.reset();
    try {
      const isRight = await this.#subject.read(file, name) !== false;
      return isRight ? { kind: "read" } : { kind: "refused", message: "" };
    } catch (error) {
      return { kind: "refused", message: messageOf(error, [name, this.#subject.place ?? name]) };
    } finally {
      this.#meter.check();
    }
  }
}

function messageOf(error: unknown, names: readonly string[]): string {
  if (!(error instanceof FlmError)) throw error;
  const { message } = error;
  if (!names.some((name) => message.includes(name))) {
    throw new Error(`The message does not name ${names[0]}: ${message}`, { cause: error });
  }
  if (message.length > LONGEST_MESSAGE) {
    const shown = `${message.slice(0, LONGEST_MESSAGE / 4)}…`;
    throw new Error(`The message has ${message.length} characters: ${shown}`, { cause: error });
  }
  if (FAULTS.test(message)) throw new Error(`A fault looks like an error: ${message}`);
  return message;
}
