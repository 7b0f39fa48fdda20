/**
 * The part of npm's js-yaml 4 that the stand-in uses.
 *
 * @module
 */

/** Where in the text something went wrong, counted from zero. */
export interface Mark {
  /** The whole text. */
  buffer: string;
  /** Characters before the place. */
  position: number;
  /** Lines before the place. */
  line: number;
  /** Characters before the place in its line. */
  column: number;
}

/** What the library throws. */
export interface YAMLException extends Error {
  /** What is wrong, without the place. */
  reason: string;
  /** Where. */
  mark?: Mark;
}

/** The library. */
declare const yaml: {
  loadAll(text: string, iterator: null, options: Record<string, unknown>): unknown[];
  dump(data: unknown, options: Record<string, unknown>): string;
  YAMLException: new (...args: unknown[]) => YAMLException;
  FAILSAFE_SCHEMA: unknown;
  JSON_SCHEMA: unknown;
  CORE_SCHEMA: unknown;
  DEFAULT_SCHEMA: unknown;
};
export default yaml;
