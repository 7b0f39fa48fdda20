/**
 * Events as TensorBoard reads them: messages `tensorflow.Event`.
 *
 * @module
 */

import { Message } from "./message.ts";

/** What is shown at a step: curves, and lists of texts, by their tags. */
export interface Summary {
  /** Points of curves. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Lists of texts, which are shown as Markdown. */
  readonly texts?: Readonly<Record<string, readonly string[]>>;
}

/** Field numbers of `Event`. */
const [WALL_TIME, STEP, FILE_VERSION, SUMMARY, SESSION_LOG] = [1, 2, 3, 5, 7];
/** `SessionLog.START`, in its first field. */
const START = 1;
/** `DT_STRING` and `DATA_CLASS_TENSOR`. */
const [STRINGS, TENSOR] = [7, 2];

/** The first event of a file. @param seconds The time, in seconds since 1970. */
export function fileEvent(seconds: number): Message {
  return new Message().double(WALL_TIME, seconds).text(FILE_VERSION, "brain.Event:2");
}

/** Says that a run begins, or goes on, with a step: what older files show from it on is void. */
export function startEvent(seconds: number, step: number): Message {
  return new Message().double(WALL_TIME, seconds).integer(STEP, step)
    .message(SESSION_LOG, new Message().integer(1, START));
}

/** What is shown at a step. */
export function summaryEvent(seconds: number, step: number, summary: Summary): Message {
  const { scalars = {}, texts = {} } = summary;
  const values = new Message();
  for (const [tag, value] of Object.entries(scalars)) {
    values.message(1, new Message().text(1, tag).float(2, value));
  }
  for (const [tag, list] of Object.entries(texts)) {
    const shape = new Message().message(2, new Message().integer(1, list.length));
    const tensor = new Message().integer(1, STRINGS).message(2, shape);
    for (const text of list) tensor.text(8, text);
    const plugin = new Message().message(1, new Message().text(1, "text")).integer(4, TENSOR);
    values.message(1, new Message().text(1, tag).message(8, tensor).message(9, plugin));
  }
  return new Message().double(WALL_TIME, seconds).integer(STEP, step).message(SUMMARY, values);
}
