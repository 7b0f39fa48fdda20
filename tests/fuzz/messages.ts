/**
 * What the thread that tries inputs is told, and what it tells.
 *
 * @module
 */

/** The inputs that are to be tried. */
export interface FuzzRequest {
  /** The name of the subject. */
  readonly subject: string;
  /** A folder for its files. */
  readonly folder: string;
  /** How many inputs. */
  readonly count: number;
  /** Holds the number of the input that is being tried, −1 before the first. */
  readonly number: Int32Array<SharedArrayBuffer>;
}

/** What came of them. */
export interface FuzzReply {
  /** How many were read. */
  readonly read: number;
  /** How many were refused. */
  readonly refused: number;
  /** What came of the others: the number, and what is wrong. */
  readonly faults: readonly (readonly [number: number, fault: string])[];
}
