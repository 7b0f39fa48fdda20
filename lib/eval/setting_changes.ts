/**
 * What is different about how two results came about.
 *
 * @module
 */

import { describeValue } from "../schema/field.ts";

/**
 * The settings that differ, in words such as `--seed was 0, is 1`.
 *
 * @param names The keys or flags that the settings come from.
 */
export function settingChanges<T extends object>(
  names: Readonly<Record<keyof T & string, string>>,
  before: T,
  now: T,
): string[] {
  return Object.entries<string>(names).flatMap(([key, name]) => {
    const [was, is] = [before, now].map((each) => each[key as keyof T]);
    const words = `${name} was ${describeValue(was)}, is ${describeValue(is)}`;
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [words];
  });
}
