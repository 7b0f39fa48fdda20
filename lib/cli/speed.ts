/**
 * How fast work goes, and so when it will end.
 *
 * @module
 */

/** A moment of the work. */
export interface Mark {
  /** In milliseconds. */
  readonly time: number;
  /** How much is done. */
  readonly value: number;
}

/** Milliseconds over which the speed is measured, at least. */
const WINDOW = 15_000;

/**
 * The speed of the last while, without pauses. What leads to the first mark is one, too: kernels
 * are compiled in the first step, and that says nothing of those that follow. So nobody knows the
 * speed before the second mark.
 */
export class Speed {
  /** The speed is measured from the older of two marks, moved on by turns. */
  #older: Mark;
  #newer: Mark;
  /** The end of the first pause, moved on by all others: what all the work is measured from. */
  #first: Mark;
  #now: Mark;
  /** Where the work stood when it paused; null while it goes on. */
  #pause: Mark | null;
  /** Milliseconds of pauses since the first one; null before that is over. */
  #away: number | null = null;

  /** Begins with a pause. */
  constructor(begin: Mark) {
    this.#older =
      this.#newer =
      this.#first =
      this.#now =
      this.#pause =
        begin;
  }

  /** Takes how far the work is; if it is farther than before, a pause is over. */
  add(mark: Mark): void {
    this.#now = mark;
    if (this.#pause !== null) {
      if (mark.value === this.#pause.value) return;
      this.#leaveOut(this.#pause, mark);
      this.#pause = null;
    }
    if (mark.time - this.#newer.time < WINDOW) return;
    this.#older = this.#newer;
    this.#newer = mark;
  }

  /** From a moment on until the next mark nothing counts. */
  pause(time: number): void {
    this.#pause ??= { time, value: this.#now.value };
  }

  /** Units a second; null if it is not known yet. */
  get perSecond(): number | null {
    return rateBetween(this.#older, this.#pause ?? this.#now);
  }

  /** Units a second over all the work; null if it is not known. */
  get mean(): number | null {
    return rateBetween(this.#first, this.#pause ?? this.#now);
  }

  /**
   * How long so many units will take, with as large a share of pauses as so far; null if unknown.
   */
  secondsFor(amount: number): number | null {
    const rate = this.perSecond;
    if (rate === null || rate <= 0) return null;
    return secondsFor(amount, rate, this.#now.time - this.#first.time, this.#away ?? 0);
  }

  /**
   * Moves the marks on, by the time of a pause and by what was done until the first mark after it.
   */
  #leaveOut(pause: Mark, end: Mark): void {
    const [time, value] = [end.time - pause.time, end.value - pause.value];
    const moved = (mark: Mark) => ({ time: mark.time + time, value: mark.value + value });
    [this.#older, this.#newer] = [moved(this.#older), moved(this.#newer)];
    this.#first = moved(this.#first);
    this.#away = this.#away === null ? 0 : this.#away + time;
  }
}

/**
 * How long so many units will take at a rate, with as large a share of pauses as so far.
 *
 * @param rate Units a second, without pauses.
 * @param worked The time of work so far, without pauses, in any unit.
 * @param away That of pauses, in the same.
 */
export function secondsFor(amount: number, rate: number, worked: number, away: number): number {
  return amount / rate * (worked > 0 ? 1 + away / worked : 1);
}

/** Units a second, or null if too little time has passed to tell. */
function rateBetween(from: Mark, to: Mark): number | null {
  const elapsed = to.time - from.time;
  return elapsed >= 500 ? (to.value - from.value) / elapsed * 1000 : null;
}
