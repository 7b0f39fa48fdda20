/**
 * What is fuzzed: a reader of files from elsewhere, and files that it can read.
 *
 * @module
 */

/** A file's content. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Gives integers from 0 up to a bound. */
export type Random = (bound: number) => number;

/**
 * Makes a file in which something may be wrong.
 *
 * @param file A good one.
 * @param other Another good one of the same subject, or the same.
 */
export type Damage = (file: Bytes, random: Random, other: Bytes) => Bytes | Promise<Bytes>;

/** A reader and what it reads. */
export interface Subject {
  /** Good files, by the names that messages call them: what they end with is enough. */
  readonly files: Readonly<Record<string, Bytes>>;
  /** Files that are refused as they are, and lead elsewhere when they are damaged. */
  readonly refused?: Readonly<Record<string, Bytes>>;
  /** What messages may name in place of a file: the server that it leads to. */
  readonly place?: string;
  /** How they are damaged. */
  readonly damage: Damage;
  /**
   * Reads a file as far as it can be read.
   *
   * @returns false if something was found to be wrong and no error says so.
   * @throws {FlmError} naming the file, if something is wrong with it; all else is a fault of flm.
   */
  read(file: Bytes, name: string): unknown;
}
