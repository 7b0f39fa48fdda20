/**
 * What a measurement of a card consists of.
 *
 * @module
 */

import type { BackendName } from "../../lib/gpu/backend.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { CardEvent } from "./events.ts";

/** What the items of a section work with. */
export interface CardContext {
  readonly gpu: Gpu;
  readonly backend: BackendName;
  /** Memory that may be used, in bytes. */
  readonly memoryBytes: number;
  /** Operations a second that a product reaches, as far as is known: what durations are told by. */
  readonly flops: number;
  /** Seconds that are left of the section's time. */
  left(): number;
  /** Seconds that an item may take: an equal part of what is left. */
  share(): number;
  /** Tells something. */
  tell(event: CardEvent): void;
}

/** A part of a section. If it fails, the others go on in another process. */
export interface CardItem {
  /** Its name, the only one of its section. */
  readonly name: string;
  /** Measures. What it returns, if anything, is why there was nothing to measure. */
  run(): Promise<string | void>;
}

/** A section of the report. */
export interface CardSection {
  readonly title: string;
  /** Its part of the time, beside those of the others. */
  readonly weight: number;
  /** Its items, the most important first. */
  items(context: CardContext): CardItem[] | Promise<CardItem[]>;
}
