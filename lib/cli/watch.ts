/**
 * Texts on a terminal while they form: drawn over themselves, step by step.
 * Where there is no terminal every step is a line for each text.
 *
 * @module
 */

import type { ProgressOutput } from "./progress.ts";
import { writeStderr } from "./stderr.ts";

/** Where texts are drawn. */
export interface WatchOutput extends ProgressOutput {
  /** Lines that are seen, now. */
  rows(): number;
}

/** Keeps the terminal from breaking lines that are wider than they seem, and lets it again. */
const [KEEP_LINES, BREAK_LINES] = ["\x1b[?7l", "\x1b[?7h"];
/** Erases from the cursor to the end of the screen. */
const ERASE_BELOW = "\x1b[J";

/**
 * Shows texts as they form.
 *
 * @example
 * ```ts ignore
 * const watch = new TextWatch();
 * for await (const { step, tokens } of model.samplingSteps()) {
 *   watch.show(`step ${step}`, tokens.map((ids) => model.tokenizer.decode(ids)));
 * }
 * ```
 */
export class TextWatch {
  readonly #output: WatchOutput;
  #lines = 0;

  /** Shows nothing yet. `output` is standard error by default. */
  constructor(output: WatchOutput = standardError) {
    this.#output = output;
  }

  /**
   * Draws texts in place of those drawn before. Of texts that do not fit the terminal the first
   * lines are shown.
   */
  show(heading: string, texts: readonly string[]): void {
    const flat = texts.map((text) => text.replaceAll("\n", " / "));
    if (!this.#output.isTerminal) {
      this.#output.write(flat.map((text) => `${heading}: ${text}\n`).join(""));
      return;
    }
    const width = Math.max(this.#output.columns(), 20) - 1;
    const lines = [heading.slice(0, width), ...flat.flatMap((text) => wrap(text, width))]
      .slice(0, Math.max(this.#output.rows() - 1, 1));
    const frame = lines.map((line) => `${line}\n`).join("");
    this.#output.write(this.#home() + KEEP_LINES + frame + BREAK_LINES);
    this.#lines = lines.length;
  }

  /** Takes the texts away, for instance to print them for good; does nothing off a terminal. */
  clear(): void {
    if (this.#lines > 0) this.#output.write(this.#home());
    this.#lines = 0;
  }

  /** Leaves the texts where they are: the next ones are drawn below. */
  leave(): void {
    this.#lines = 0;
  }

  /** Leads to the first line drawn, with nothing left below. */
  #home(): string {
    return this.#lines > 0 ? `\x1b[${this.#lines}A\r${ERASE_BELOW}` : "";
  }
}

/** Pieces of at most `width` characters; one empty piece of an empty text. */
function wrap(text: string, width: number): string[] {
  const characters = [...text];
  const pieces: string[] = [];
  do pieces.push(characters.splice(0, width).join("")); while (characters.length > 0);
  return pieces;
}

const standardError: WatchOutput = {
  isTerminal: Deno.stderr.isTerminal(),
  columns: () => consoleSize().columns,
  rows: () => consoleSize().rows,
  write: writeStderr,
};

/** The size of the terminal; the usual one where there is none, or it does not tell. */
export function consoleSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // No terminal, or one that does not tell.
  }
  return { columns: 80, rows: 24 };
}
