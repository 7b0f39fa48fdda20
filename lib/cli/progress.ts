/**
 * A progress bar on terminals, and a line now and then elsewhere.
 *
 * It draws only when it is told of progress: work that holds the thread needs
 * no timer to show it, and work that stands still is seen to.
 *
 * @module
 */

import { formatBytes, formatCount, formatDuration, formatRate } from "./format.ts";
import { type Mark, Speed } from "./speed.ts";
import { CLEAR_LINE, writeBar } from "./stderr.ts";

/** Where a progress bar is drawn. */
export interface ProgressOutput {
  /** Whether lines can be drawn over. */
  readonly isTerminal: boolean;
  /** Characters in a line, now. */
  columns(): number;
  /** Shows text; never throws. */
  write(text: string): void;
}

/** What a progress bar shows. */
export interface ProgressOptions {
  /** What is going on, such as `train`. */
  label: string;
  /** The value at which all is done; null if nobody knows, or as long as nobody does. */
  total?: number | null;
  /** The value at the beginning, for work that is resumed; 0 by default. */
  start?: number;
  /** What is counted, in the singular; `step` by default. */
  unit?: string;
  /** How a value is shown; with commas by default, of bytes with a binary unit. */
  format?: (value: number) => string;
  /** Seconds between lines where there is no terminal, at least; 10 by default. */
  plainEvery?: number;
  /**
   * Seconds of work that is not worth a word: the bar appears later, and goes without one. Unless
   * given it is there from the beginning, and ends with a line that stays.
   */
  patience?: number | null;
  /** Where it is drawn; standard error by default. */
  output?: ProgressOutput;
  /** The time in milliseconds; a clock that never goes back by default. */
  now?: () => number;
}

/** An end in time of work that has another one, too. */
export interface TimedEnd {
  /** Seconds so far. */
  readonly seconds: number;
  /** Seconds after which the work ends. */
  readonly limit: number;
}

/** Characters of a bar: as many steps of this as there is room for, */
const BAR_STEP = 5;
/** and so many at most. */
const BAR_MOST = 30;
/** Part of the work by which a rate may be off the time that is told with it, without a word. */
const WAITED = 1 / 20;
/** Milliseconds between two drawings on a terminal. */
const REDRAW_EVERY = 100;
/** Where there is no terminal, lines come less often the longer it takes: after this part of it, */
const PLAIN_PART = 1 / 10;
/** and after so many milliseconds at most. */
const PLAIN_MOST = 600_000;

/**
 * Shows how far a piece of work is, how fast it goes and when it will end: see {@linkcode Speed}.
 *
 * @example
 * ```ts ignore
 * using bar = new Progress({ label: "train", total: 600 });
 * for (let step = 1; step <= 600; step++) bar.update(step, `loss ${await train()}`);
 * bar.finish();
 * ```
 */
export class Progress implements Disposable {
  readonly #options: Required<ProgressOptions>;
  readonly #begin: Mark;
  readonly #speed: Speed;
  #now: Mark;
  #status = "";
  /** What is done in place of the work, if it pauses. */
  #pausedFor: string | null = null;
  #end: TimedEnd | null = null;
  #drawnAt: number | null = null;
  /**
   * The bar's length in a room: it gives way to longer text, and does not come back for shorter.
   */
  #bar = { room: 0, length: 0 };
  #finished = false;

  /**
   * Begins at the start value, and shows nothing yet.
   *
   * @param options What is shown, and where.
   */
  constructor(options: ProgressOptions) {
    this.#options = {
      total: null,
      start: 0,
      unit: "step",
      format: options.unit === "byte" ? formatBytes : formatCount,
      plainEvery: 10,
      patience: null,
      output: standardError,
      now: () => performance.now(),
      ...options,
    };
    this.#begin = { time: this.#options.now(), value: this.#options.start };
    this.#speed = new Speed(this.#begin);
    this.#now = this.#begin;
  }

  /** The same as {@linkcode update}, for work that says of how much it is done. */
  readonly onProgress = (value: number, total: number | null): void => {
    this.#options.total = total;
    this.update(value);
  };

  /**
   * Tells how far the work is.
   *
   * @param value How much is done.
   * @param status Text at the end of the line, such as the loss; the one before
   * stays if this is left out.
   * @param end An end in time, where the work may end before all is done; none unless given.
   */
  update(value: number, status: string = this.#status, end: TimedEnd | null = null): void {
    if (this.#finished) return;
    const time = this.#options.now();
    this.#now = { time, value };
    this.#status = status;
    this.#pausedFor = null;
    this.#end = end;
    this.#speed.add(this.#now);
    if (time - (this.#drawnAt ?? this.#begin.time) >= this.#drawEvery(time)) this.#draw();
  }

  /**
   * Says that something else is done from now until the next update, such as a validation: the
   * speed does not count it, but the time that is left does.
   *
   * @param status What is done; shown in place of the other status until then.
   */
  pause(status: string): void {
    if (this.#finished) return;
    this.#speed.pause(this.#options.now());
    this.#pausedFor = status;
    if (this.#options.output.isTerminal) this.#draw();
  }

  /** Prints a line that stays; the bar goes on below it. */
  log(line: string): void {
    this.around(() => this.#options.output.write(`${line}\n`));
  }

  /** Takes the bar away while something is written to the same terminal, on standard output say. */
  around(write: () => void): void {
    const { output } = this.#options;
    const drawn = output.isTerminal && this.#drawnAt !== null && !this.#finished;
    if (drawn) output.write(CLEAR_LINE);
    write();
    if (drawn) this.#draw();
  }

  /**
   * Ends the bar with its last line: what was done since its start, the time that this took, and
   * the rate of the work alone. There is no line if nothing was ever done, or the bar is one that
   * comes and goes.
   *
   * @param status Text at the end of the line, as for {@linkcode update}.
   */
  finish(status: string = this.#status): void {
    if (this.#finished) return;
    this.#finished = true;
    const { label, output, unit, patience, start, format } = this.#options;
    if (patience !== null || this.#now === this.#begin) return this.#erase();
    // What was done in place of the work at its end counts, too.
    const seconds = (this.#options.now() - this.#begin.time) / 1000;
    const done = this.#now.value - start;
    const rate = this.#speed.mean;
    const waited = rate !== null && Math.abs(rate * seconds - done) > WAITED * done;
    const units = unit === "byte" ? "" : ` ${unit}s`;
    const line = [
      label,
      start > 0 ? `${format(done)}${units}, ${this.#count()} in all,` : `${this.#count()}${units}`,
      `in ${formatDuration(seconds)}`,
      rate === null ? "" : `(${formatRate(rate, unit)}${waited ? " once under way" : ""})`,
      status,
    ].filter((part) => part !== "").join(" ");
    output.write(`${output.isTerminal ? CLEAR_LINE : ""}${line}\n`);
  }

  /** Ends the bar where it stands, so that an error begins on a line of its own. */
  [Symbol.dispose](): void {
    if (this.#finished) return;
    this.#finished = true;
    const { output, patience } = this.#options;
    if (patience !== null) this.#erase();
    else if (output.isTerminal && this.#drawnAt !== null) output.write("\n");
  }

  /** Takes the bar away. */
  #erase(): void {
    const { output } = this.#options;
    if (output.isTerminal && this.#drawnAt !== null) output.write(CLEAR_LINE);
  }

  /** Milliseconds until the next drawing, from the last one or from the beginning. */
  #drawEvery(time: number): number {
    const { output, plainEvery, patience } = this.#options;
    if (output.isTerminal) return this.#drawnAt === null ? 1000 * (patience ?? 0) : REDRAW_EVERY;
    const sparse = Math.min(PLAIN_MOST, PLAIN_PART * (time - this.#begin.time));
    return Math.max(1000 * plainEvery, sparse);
  }

  #draw(): void {
    const { output } = this.#options;
    this.#drawnAt = this.#options.now();
    output.write(
      output.isTerminal ? CLEAR_LINE + this.#fit(output.columns()) : `${this.#line()}\n`,
    );
  }

  /** How much time is left until the nearer end; null if nobody can tell. */
  get #secondsLeft(): number | null {
    const { total } = this.#options;
    const left = total === null ? Infinity : this.#speed.secondsFor(total - this.#now.value);
    if (left === null) return null;
    const inTime = this.#end === null ? Infinity : this.#end.limit - this.#end.seconds;
    const nearer = Math.min(left, inTime);
    return Number.isFinite(nearer) ? Math.max(0, nearer) : null;
  }

  /** The line with a bar, in one column less than there are (the last one may wrap). */
  #fit(columns: number): string {
    const room = Math.max(columns, 20) - 1;
    const { label, total } = this.#options;
    const line = this.#line();
    const bar = this.#barLength(room, room - line.length - " []".length);
    if (total === null || bar === 0) return line.slice(0, room);
    const filled = Math.floor(bar * this.#fraction(total));
    return `${label} [${"#".repeat(filled)}${"-".repeat(bar - filled)}]${line.slice(label.length)}`;
  }

  /**
   * How long the bar is beside the text, which changes with each number in it: the same for most.
   *
   * @param free What the text leaves of the room.
   * @returns 0 if it has no room.
   */
  #barLength(room: number, free: number): number {
    if (free < BAR_STEP) return 0;
    const before = this.#bar.room === room ? this.#bar.length : BAR_MOST;
    const length = Math.min(before, free - free % BAR_STEP);
    this.#bar = { room, length };
    return length;
  }

  #line(): string {
    const { label, total, unit } = this.#options;
    const rate = this.#speed.perSecond;
    const left = this.#secondsLeft;
    return [
      label,
      total === null ? "" : `${Math.floor(100 * this.#fraction(total))}%`,
      total !== null && this.#endsInTime(total) ? `${unit} ${this.#count()}` : this.#count(),
      rate === null ? "" : formatRate(rate, unit),
      left === null ? "" : `ETA ${formatDuration(left)}`,
      (this.#pausedFor ?? this.#status).replaceAll(/\s+/g, " "),
    ].filter((part) => part !== "").join(" ");
  }

  /** How much is done; of what cannot be counted, how long it has been going on. */
  #count(): string {
    const { total, format, start } = this.#options;
    if (total === null && this.#now.value === start) {
      return formatDuration((this.#now.time - this.#begin.time) / 1000);
    }
    const value = format(this.#now.value);
    return total === null || this.#endsInTime(total) ? value : `${value}/${format(total)}`;
  }

  /** Whether the end in time is nearer: the total is no measure then. */
  #endsInTime(total: number): boolean {
    return this.#end !== null && this.#timeShare >= this.#now.value / total;
  }

  get #timeShare(): number {
    return this.#end === null ? 0 : this.#end.seconds / this.#end.limit;
  }

  #fraction(total: number): number {
    if (total <= 0) return 1;
    return Math.min(1, Math.max(0, this.#now.value / total, this.#timeShare));
  }
}

const standardError: ProgressOutput = {
  isTerminal: Deno.stderr.isTerminal(),
  columns() {
    try {
      return Deno.consoleSize().columns || 80;
    } catch {
      // No terminal, or one that does not tell.
      return 80;
    }
  },
  write: writeBar,
};
