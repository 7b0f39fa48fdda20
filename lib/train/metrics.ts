/**
 * The metrics of a run: a file of JSON lines, one record a line, that grows
 * while the run goes on and survives a kill and a resume.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { readTextIfThere } from "../io/read_text.ts";
import { describeValue } from "../schema/field.ts";
import { isMapping } from "../schema/tree.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { explainSystemError, whileWriting } from "../system/system_error.ts";
import { writeAllSync } from "../system/write_all.ts";

/** The metrics of a run, in its folder. */
export const METRICS_FILE = "metrics.jsonl";

/** What was measured after a step. */
export interface MetricsRecord {
  /** Optimizer steps done when this was measured. */
  readonly step: number;
  /** Further values by name, such as `loss`; numbers may be NaN or infinite. */
  readonly [name: string]: number | string | boolean | null;
}

/** A million lines and more. */
const MAX_BYTES = 2 ** 28;

/** JSON has no word for these numbers. */
const SPECIAL = new Map([["NaN", NaN], ["Infinity", Infinity], ["-Infinity", -Infinity]]);

/**
 * Appends records to a metrics file. Each is handed to the system at once, so
 * that a killed program loses none and can leave at most its last line torn.
 *
 * @example
 * ```ts
 * using metrics = await MetricsWriter.open("runs/demo/metrics.jsonl", 200);
 * metrics.write({ step: 210, loss: 2.31 });
 * ```
 */
export class MetricsWriter implements Disposable {
  /** What was in the file when it was opened, and stays. */
  readonly before: readonly MetricsRecord[];
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile, before: readonly MetricsRecord[]) {
    this.#path = path;
    this.#file = file;
    this.before = before;
  }

  /**
   * Opens a metrics file to append to it, and creates it if need be.
   *
   * @param path The file.
   * @param resumedStep The step that the run goes on from: what an earlier run
   * wrote beyond it, and a torn last line, is removed, so that the file ends up
   * with the steps of a run that was never interrupted. Null begins the file
   * anew.
   * @throws {DataError} If a line that must stay is damaged.
   * @throws {FlmError} If the file cannot be written.
   */
  static async open(path: string, resumedStep: number | null): Promise<MetricsWriter> {
    const lines = resumedStep === null ? [] : (await readLines(path)) ?? [];
    const kept = lines.filter(({ record }) => record.step <= resumedStep!);
    await writeFileAtomic(path, kept.map(({ text }) => `${text}\n`).join(""));
    const file = await whileWriting(path, Deno.open(path, { append: true }));
    return new MetricsWriter(path, file, kept.map(({ record }) => record));
  }

  /**
   * Appends one record.
   *
   * @throws {FlmError} If the disk is full or the file is closed to writing.
   */
  write(record: MetricsRecord): void {
    const bytes = new TextEncoder().encode(`${toLine(record)}\n`);
    try {
      writeAllSync(this.#file, bytes);
    } catch (error) {
      throw explainSystemError("write", this.#path, error);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/**
 * Reads a metrics file; a torn last line, which a killed program may leave, is
 * left out.
 *
 * @throws {DataError} If the file is missing or another line is damaged.
 */
export async function readMetrics(path: string): Promise<MetricsRecord[]> {
  const lines = await readLines(path);
  if (lines === null) {
    throw new DataError(`Cannot read metrics: there is no file ${path}.`);
  }
  return lines.map(({ record }) => record);
}

/** A line of the file and what it says. */
interface Line {
  text: string;
  record: MetricsRecord;
}

/** The whole lines of a file; null if there is none. */
async function readLines(path: string): Promise<Line[] | null> {
  const content = await readTextIfThere(path, DataError, { maxBytes: MAX_BYTES });
  if (content === undefined) return null;
  // What follows the last newline is empty, or torn.
  return content.split("\n").slice(0, -1).map((text, i) => ({
    text,
    record: fromLine(text, `${path}, line ${i + 1}`),
  }));
}

function toLine(record: MetricsRecord): string {
  return JSON.stringify(
    record,
    (_name, value) => typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
}

function fromLine(text: string, where: string): MetricsRecord {
  let record: unknown;
  try {
    record = JSON.parse(
      text,
      (_name, value) => typeof value === "string" ? SPECIAL.get(value) ?? value : value,
    );
  } catch {
    record = undefined;
  }
  if (!isRecord(record)) {
    throw new DataError(
      `${where}: expected a JSON object of plain values with a number "step", found ` +
        `${describeValue(text)}. Remove the line to go on.`,
    );
  }
  return record;
}

function isRecord(value: unknown): value is MetricsRecord {
  return isMapping(value) && typeof value.step === "number" &&
    Object.values(value).every((each) => typeof each !== "object" || each === null);
}
