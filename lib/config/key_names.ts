/**
 * The names of keys: in camelCase in files and programs, in kebab-case on command lines.
 *
 * @module
 */

/** A key as flags are written: `train.num-steps` for `train.numSteps`. */
export function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The key that a name on a command line means: `train.numSteps` for `train.num-steps`. */
export function fullKey(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A key in words: `flow map` for `flowMap`. */
export function keyInWords(key: string): string {
  return kebab(key).replaceAll("-", " ");
}
