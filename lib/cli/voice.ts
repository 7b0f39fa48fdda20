/**
 * Who speaks, where several processes do one thing together: the first alone, and the others only of
 * what they fail at.
 *
 * @module
 */

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

/** What the errors of this process begin with. */
export function errorPrefix(): string {
  return isSilent() ? `rank ${part}: ` : "";
}
