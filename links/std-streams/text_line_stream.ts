/**
 * Stand-in for `@std/streams/text-line-stream` in a checkout, so that the
 * programs run where JSR is out of reach.
 *
 * @module
 */

/** Options of {@linkcode TextLineStream}. */
export interface TextLineStreamOptions {
  /** Whether a lone `\r` ends a line too; false by default. */
  allowCR?: boolean;
}

/**
 * Turns chunks of text into lines without their ends (`\n` or `\r\n`), however
 * the chunks are cut. Text after the last line end is a line of its own; an
 * empty rest is not.
 */
export class TextLineStream extends TransformStream<string, string> {
  /**
   * Makes the stream.
   *
   * @param options Which characters end a line.
   */
  constructor(options: TextLineStreamOptions = {}) {
    // A \r that ends a chunk waits for the next one: it may be half of \r\n.
    const end = options.allowCR ? /\r\n|\n|\r(?!$)/ : /\r?\n/;
    let rest = "";
    super({
      transform(chunk, controller) {
        const lines = (rest + chunk).split(end);
        rest = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
      flush(controller) {
        if (rest === "") return;
        controller.enqueue(options.allowCR ? rest.replace(/\r$/, "") : rest);
      },
    });
  }
}
