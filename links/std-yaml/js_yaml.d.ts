/** The part of npm's js-yaml 4 that the stand-in uses. */

/** What the library throws; `mark` is where, zero-based. */
export interface YAMLException extends Error {
  reason: string;
  mark?: { line: number; column: number; buffer: string; position: number };
}

declare const yaml: {
  load(text: string, options: Record<string, unknown>): unknown;
  loadAll(text: string, iterator: null, options: Record<string, unknown>): unknown[];
  dump(data: unknown, options: Record<string, unknown>): string;
  YAMLException: new (...args: unknown[]) => YAMLException;
  FAILSAFE_SCHEMA: unknown;
  JSON_SCHEMA: unknown;
  CORE_SCHEMA: unknown;
  DEFAULT_SCHEMA: unknown;
};
export default yaml;
