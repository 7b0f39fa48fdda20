/**
 * What the corpora in npm packages are read by.
 *
 * @module
 */
import type { DataError } from "../../errors.ts";

/** What reads the files of a package. */
export interface NpmReader {
  /** The default export of a file. @throws {DataError} if it cannot be had. */
  load(path: string): Promise<unknown>;
  /** The error of a file that does not hold what is expected. */
  malformed(path: string, expected: string): DataError;
}
