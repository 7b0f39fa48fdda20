/**
 * Files of events, one for each sitting of a run.
 *
 * @module
 */

import { isMissing } from "../net/missing.ts";
import {
  explainSystemError,
  makeFolder,
  whileReading,
  whileWriting,
} from "../system/system_error.ts";
import { writeAllSync } from "../system/write_all.ts";
import { fileEvent, startEvent, type Summary, summaryEvent } from "./event.ts";
import type { Message } from "./message.ts";
import { frameRecord } from "./record.ts";

/** What an {@linkcode EventFile} may be told. */
export interface EventFileOptions {
  /** The first step that it may show: what older files show from it on is void. */
  readonly firstStep: number;
  /** The time in milliseconds since 1970; the system's unless given. */
  readonly now?: () => number;
}

/**
 * Appends to a new file of events in a folder. Each is handed to the system at once, so that a
 * killed program loses none; a last one that is torn is passed over by readers.
 *
 * @example
 * ```ts
 * using events = await EventFile.open("runs/demo/tensorboard", { firstStep: 0 });
 * events.write(10, { scalars: { "train/loss": 2.5 } });
 * ```
 */
export class EventFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #now: () => number;

  private constructor(path: string, file: Deno.FsFile, now: () => number) {
    this.#path = path;
    this.#file = file;
    this.#now = now;
  }

  /**
   * Makes a file, and the folder if need be. Readers take the files of a folder in the order of
   * their names, which begin with the time.
   *
   * @throws {FlmError} if it cannot be written.
   */
  static async open(
    folder: string,
    { firstStep, now = () => Date.now() }: EventFileOptions,
  ): Promise<EventFile> {
    await makeFolder(folder);
    const path = await freePath(folder, Math.floor(now() / 1000));
    const file = await whileWriting(path, Deno.open(path, { createNew: true, append: true }));
    const events = new EventFile(path, file, now);
    events.#append(fileEvent(now() / 1000));
    events.#append(startEvent(now() / 1000, firstStep));
    return events;
  }

  /** Appends what is shown at a step. @throws {FlmError} if the disk is full. */
  write(step: number, summary: Summary): void {
    this.#append(summaryEvent(this.#now() / 1000, step, summary));
  }

  #append(event: Message): void {
    try {
      writeAllSync(this.#file, frameRecord(event.bytes));
    } catch (error) {
      throw explainSystemError("write", this.#path, error);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** The beginning of a name, and the end of those that are made here. */
const NAME = /^events\.out\.tfevents\.(\d+)\.(?:flm\.(\d+)$)?/;

/** Whether there are files of events in a folder. @throws {FlmError} if that cannot be told. */
export async function hasEventFiles(folder: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(folder)) if (NAME.test(name)) return true;
    return false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw explainSystemError("read", folder, error);
  }
}

/**
 * A name that is behind all others: two sittings may begin in the same second, and the clock may
 * have been set back between them.
 */
async function freePath(folder: string, seconds: number): Promise<string> {
  let n = 0;
  for (const { name } of await whileReading(folder, Array.fromAsync(Deno.readDir(folder)))) {
    const [, at, number = 0] = NAME.exec(name) ?? [];
    if (at === undefined || Number(at) < seconds) continue;
    n = Math.max(Number(at) === seconds ? n : 0, Number(number) + 1);
    seconds = Number(at);
  }
  return `${folder}/events.out.tfevents.${seconds}.flm.${String(n).padStart(3, "0")}`;
}
