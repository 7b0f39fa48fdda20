/**
 * Work that may take long wherever it comes up: weights that are read, files that are hashed,
 * packages that are fetched. Those who do it tell of it, and need not know whether anybody looks.
 *
 * @module
 */

/** What is done. */
export interface WorkToShow {
  /** What it is, such as `read runs/demo/model.safetensors`. */
  readonly label: string;
  /** How much there is to do; null if that cannot be told. */
  readonly total: number | null;
  /** What is counted, in the singular. */
  readonly unit: string;
}

/** Work that has begun; disposed of when it ends, however it does. */
export interface LongWork extends Disposable {
  /** Tells that so much more is done. */
  add(count: number): void;
  /** Tells how much is done in all, for work that says only on the way how much there is. */
  progress(done: number, total: number | null): void;
}

/** Shows work that has begun. */
export type ShowWork = (work: WorkToShow) => LongWork;

/** Work that nobody looks at. */
export const UNSEEN: LongWork = { add() {}, progress() {}, [Symbol.dispose]() {} };

let show: ShowWork = () => UNSEEN;

/** From now on work is shown by a program. */
export function showWorkBy(by: ShowWork): void {
  show = by;
}

/**
 * Begins work.
 *
 * @param total How much there is to do, in `unit`s; null if that cannot be told.
 */
export function beginWork(label: string, total: number | null = null, unit = "byte"): LongWork {
  return show({ label, total, unit });
}
