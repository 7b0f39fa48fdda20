/**
 * The metrics of a run: a file of JSON lines, one record a line, that grows
 * while the run goes on and survives a kill and a resume.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import { openFileSource } from "../io/file_source.ts";
import { isMissing } from "../net/missing.ts";
import { describeValue } from "../schema/field.ts";
import { isMapping } from "../schema/tree.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { concat } from "../system/concat.ts";
import { CONTENT_HEAD, contentOf } from "../system/content.ts";
import { explainSystemError, whileWriting } from "../system/system_error.ts";
import { writeAllSync } from "../system/write_all.ts";

/** The metrics of a run, in its folder. */
export const METRICS_FILE = "metrics.jsonl";

/**
 * The kind of the record that a sitting ends with: what the time went into since its last line of
 * the kind `train`, which no other line tells. A run that goes on has it in its next line instead,
 * or loses it if it is killed before.
 */
export const END = "end";

/** What was measured after a step. */
export interface MetricsRecord {
  /** Optimizer steps done when this was measured. */
  readonly step: number;
  /** Further values by name, such as `loss`; numbers may be NaN or infinite. */
  readonly [name: string]: number | string | boolean | null;
}

/** Bytes that are read or written at once: a file may be larger than there is memory. */
const PIECE_BYTES = 2 ** 20;

/** What ends a line. */
const NEWLINE = 10;

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
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a metrics file to append to it, and creates it if need be.
   *
   * @param path The file.
   * @param resumedStep The step that the run goes on from: what an earlier run
   * wrote beyond it, and a torn last line, is removed, so that the file ends up
   * with the steps of a run that was never interrupted. Null begins the file
   * anew.
   * @param isKept Called with each record up to that step, in order: whether it stays, as all do
   * unless told.
   * @throws {DataError} If a line that must stay is damaged.
   * @throws {FlmError} If the file cannot be written.
   */
  static async open(
    path: string,
    resumedStep: number | null,
    isKept: (record: MetricsRecord) => boolean = () => true,
  ): Promise<MetricsWriter> {
    using source = resumedStep === null ? null : await openIfThere(path);
    const kept = source === null ? "" : inPieces(keptLines(source, resumedStep!, isKept));
    await writeFileAtomic(path, kept);
    return new MetricsWriter(path, await whileWriting(path, Deno.open(path, { append: true })));
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
 * Reads a metrics file, of any size; a torn last line, which a killed program may leave, is
 * left out.
 *
 * @param isWanted Which records are given; the others take no memory. All unless told.
 * @throws {DataError} If the file is missing or another line is damaged.
 */
export async function readMetrics(
  path: string,
  isWanted: (record: MetricsRecord) => boolean = () => true,
): Promise<MetricsRecord[]> {
  using source = await openIfThere(path);
  if (source === null) throw new DataError(`Cannot read metrics: there is no file ${path}.`);
  const records: MetricsRecord[] = [];
  for await (const { record } of linesOf(source)) if (isWanted(record)) records.push(record);
  return records;
}

/** What a {@linkcode MetricsReader} hands records to. */
export interface MetricsSink {
  /** Takes one more. */
  add(record: MetricsRecord): void;
  /** Forgets all: what was read is no longer what the file begins with. */
  clear(): void;
}

/** Reads a metrics file while it grows: each time only what has come since. */
export class MetricsReader {
  readonly #path: string;
  /** The last line that was read, without its end; undefined before the first. */
  #last: Bytes | undefined;
  /** Where it ends. */
  #at: Place = START;
  /** The number by which the system knows the file, where it has such numbers. */
  #inode: number | null = null;

  /** Of the file at a path, which need not be there yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Hands on what is new in the file. Where it is another than before, or went back to an older
   * step, all of it is new.
   *
   * @returns Whether there is a file.
   * @throws {DataError} if a line is damaged.
   */
  async read(sink: MetricsSink): Promise<boolean> {
    using source = await openIfThere(this.#path);
    if (source === null || !await this.#isGoneOn(source)) {
      [this.#last, this.#at] = [undefined, START];
      sink.clear();
    }
    if (source === null) return false;
    for await (const { bytes, record, end } of linesOf(source, this.#at)) {
      [this.#last, this.#at] = [bytes, end];
      sink.add(record);
    }
    return true;
  }

  /**
   * Whether the file is the one that was read, with the line that was the last one where it stood:
   * each sitting makes another file of it.
   */
  async #isGoneOn(source: ByteSource): Promise<boolean> {
    const [last, before] = [this.#last, this.#inode];
    this.#inode = (await Deno.stat(this.#path).catch(() => null))?.ino ?? null;
    if (last === undefined || this.#inode !== before || source.size < this.#at.offset) return false;
    const found = new Uint8Array(last.length + 1);
    await source.read(this.#at.offset - found.length, found);
    return found.at(-1) === NEWLINE && last.every((byte, i) => byte === found[i]);
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A place between two lines of a file. */
interface Place {
  /** Bytes before it. */
  readonly offset: number;
  /** Lines before it. */
  readonly lines: number;
}

const START: Place = { offset: 0, lines: 0 };

/** A line of a file. */
interface Line {
  /** The line without its end. */
  readonly bytes: Bytes;
  /** What it says. */
  readonly record: MetricsRecord;
  /** The place after it. */
  readonly end: Place;
}

/** Opens a file; null if there is none. */
async function openIfThere(path: string): Promise<ByteSource & Disposable | null> {
  try {
    const source = await openFileSource(path, DataError);
    return Object.assign(source, { [Symbol.dispose]: () => source.close() });
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The whole lines of a file from a place on. What follows the last end of a line is torn. */
async function* linesOf(source: ByteSource, from = START): AsyncGenerator<Line> {
  await requireLines(source);
  let { offset, lines } = from;
  for await (const bytes of endedLines(source, offset)) {
    offset += bytes.length + 1;
    const record = fromLine(bytes, `${source.name}, line ${++lines}`);
    yield { bytes, record, end: { offset, lines } };
  }
}

/** Checks that a file is not one of those that people meet in the place of text. */
async function requireLines(source: ByteSource): Promise<void> {
  const head = new Uint8Array(Math.min(CONTENT_HEAD, source.size));
  await source.read(0, head);
  const content = contentOf(head, "page");
  if (content === null) return;
  throw new DataError(`Cannot read ${source.name}: ${content.found}. ${content.mend}.`);
}

/** The bytes between ends of lines, read piece by piece. */
async function* endedLines(source: ByteSource, from: number): AsyncGenerator<Bytes> {
  let begun: Bytes[] = [];
  for (let at = from; at < source.size;) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, source.size - at));
    await source.read(at, piece);
    at += piece.length;
    let begin = 0;
    for (let end; (end = piece.indexOf(NEWLINE, begin)) >= 0; begin = end + 1) {
      yield concat([...begun, piece.slice(begin, end)]);
      begun = [];
    }
    begun.push(piece.slice(begin));
  }
}

/** The lines that a run keeps that goes on from a step, each with its end. */
async function* keptLines(
  source: ByteSource,
  resumedStep: number,
  isKept: (record: MetricsRecord) => boolean,
): AsyncGenerator<Bytes> {
  for await (const { bytes, record } of linesOf(source)) {
    const stays = record.step <= resumedStep && isKept(record);
    if (stays) yield concat([bytes, Uint8Array.of(NEWLINE)]);
  }
}

/** The same bytes in larger pieces, which take fewer writes. */
async function* inPieces(lines: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  let [pieces, length]: [Bytes[], number] = [[], 0];
  for await (const line of lines) {
    pieces.push(line);
    length += line.length;
    if (length < PIECE_BYTES) continue;
    yield concat(pieces);
    [pieces, length] = [[], 0];
  }
  yield concat(pieces);
}

function toLine(record: MetricsRecord): string {
  return JSON.stringify(
    record,
    (_name, value) => typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
}

function fromLine(bytes: Bytes, where: string): MetricsRecord {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(`${where}: it is not UTF-8 text. Remove the line to go on.`, { cause });
  }
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    record = undefined;
  }
  if (!isRecord(record)) {
    throw new DataError(
      `${where}: expected a JSON object of plain values with a number "step", found ` +
        `${describeValue(text)}. Remove the line to go on.`,
    );
  }
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === "string" ? SPECIAL.get(value) ?? value : value,
    ]),
  ) as unknown as MetricsRecord;
}

function isRecord(value: unknown): value is MetricsRecord {
  return isMapping(value) && typeof value.step === "number" &&
    Object.values(value).every((each) => typeof each !== "object" || each === null);
}
