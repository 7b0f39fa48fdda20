/**
 * Where the records of a run go: always to its metrics file, and to others that are asked for or
 * that it has already.
 *
 * @module
 */

import { EventFile, hasEventFiles } from "../tensorboard/event_file.ts";
import type { Summary } from "../tensorboard/event.ts";
import { END, METRICS_FILE, type MetricsRecord, MetricsWriter } from "./metrics.ts";

/** What else can take the records of a run: event files for TensorBoard. */
export type LoggerName = "tensorboard";

/** All of these. */
export const LOGGERS: readonly LoggerName[] = ["tensorboard"];

/** The folder of event files, in that of a run. */
const EVENTS = "tensorboard";

/** How a {@linkcode RunLog} is opened. */
export interface RunLogOptions {
  /** What takes the records besides the metrics file; nothing unless given. */
  readonly loggers?: readonly LoggerName[] | undefined;
  /** Called with each record of earlier sittings; {@linkcode MetricsWriter.open} says of which. */
  readonly isKept?: (record: MetricsRecord) => boolean;
}

/** Takes the records of a run. */
export class RunLog implements Disposable {
  readonly #metrics: MetricsWriter;
  readonly #events: EventFile | undefined;
  readonly #owned: DisposableStack;

  private constructor(
    metrics: MetricsWriter,
    events: EventFile | undefined,
    owned: DisposableStack,
  ) {
    this.#metrics = metrics;
    this.#events = events;
    this.#owned = owned;
  }

  /**
   * Opens the files of a run, and creates them if need be. A run that has event files goes on with
   * them, whether or not they are asked for: else their curves would end without a word, and keep
   * the points of steps that are done again.
   *
   * @param resumedStep The step that the run goes on from, as {@linkcode MetricsWriter.open} takes
   * it; null for a new run.
   * @throws {DataError} if the metrics file is damaged.
   * @throws {FlmError} if a file cannot be written.
   */
  static async open(
    run: string,
    resumedStep: number | null,
    { loggers = [], isKept }: RunLogOptions = {},
  ): Promise<RunLog> {
    using opened = new DisposableStack();
    const metrics = opened.use(
      await MetricsWriter.open(`${run}/${METRICS_FILE}`, resumedStep, isKept),
    );
    const firstStep = resumedStep === null ? 0 : resumedStep + 1;
    const folder = `${run}/${EVENTS}`;
    const events = loggers.includes("tensorboard") || await hasEventFiles(folder)
      ? opened.use(await EventFile.open(folder, { firstStep }))
      : undefined;
    return new RunLog(metrics, events, opened.move());
  }

  /** Appends one record. @throws {FlmError} if the disk is full. */
  write(record: MetricsRecord): void {
    this.#metrics.write(record);
    const summary = summaryOf(record);
    if (summary !== null) this.#events?.write(record.step, summary);
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
  }
}

/**
 * A record as TensorBoard shows it: numbers as curves such as `train/loss`, texts as a list. What
 * is told of samples has the number of their steps in its tag, and no curve of its own. Null of a
 * sitting's end, of which there is nothing to see over the steps.
 */
export function summaryOf(
  { kind = "run", step: _step, numSteps, gamma, ...values }: MetricsRecord,
): Summary | null {
  if (kind === END) return null;
  const way = [
    // A tag is a key: older runs have it so, also of one step.
    ...(numSteps === undefined ? [] : [`${numSteps} steps`]),
    ...(gamma === undefined ? [] : [`gamma ${gamma}`]),
  ].join(", ");
  const tagOf = (name: string) => `${kind}/${name}${way === "" ? "" : ` (${way})`}`;
  const entries = Object.entries(values);
  const scalars = entries.filter(([, value]) => typeof value === "number");
  const texts = entries.filter(([, value]) => typeof value === "string")
    .map(([, text]) => asCode(String(text)));
  return {
    scalars: Object.fromEntries(scalars.map(([name, value]) => [tagOf(name), Number(value)])),
    ...(texts.length > 0 && { texts: { [tagOf("texts")]: texts } }),
  };
}

/** Text that Markdown leaves as it is. */
function asCode(text: string): string {
  return text.split("\n").map((line) => `    ${line}`).join("\n");
}
