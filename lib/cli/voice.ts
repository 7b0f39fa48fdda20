/**
 * Who speaks, where several processes do one thing together: the first alone, and the others only
 * of what they fail at. And how: of all that goes on or of results alone, in words or as JSON.
 *
 * @module
 */

/** How a program speaks. */
export interface Manner {
  /** Only results and errors are said. */
  readonly quiet?: boolean;
  /** Results are JSON, and standard output has nothing else. */
  readonly json?: boolean;
}

let manner: Manner = {};

/** From now on this process speaks so. */
export function speak(how: Manner): void {
  manner = how;
}

/** Which of them this process is; null if it is alone. */
let part: number | null = null;

/** From now on this process is one of several, from 0. */
export function speakAs(number: number): void {
  part = number;
}

/** Whether this process says nothing but what it fails at. */
export function isSilent(): boolean {
  return part !== null && part > 0;
}

/** Whether only results and errors are said. */
export function isQuiet(): boolean {
  return isSilent() || manner.quiet === true;
}

/** Whether results are JSON. */
export function speaksJson(): boolean {
  return manner.json === true;
}

/** What the errors of this process begin with. */
export function errorPrefix(): string {
  return isSilent() ? `rank ${part}: ` : "";
}
