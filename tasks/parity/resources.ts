/**
 * What the checks of a run share, made when first asked for.
 *
 * @module
 */

import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import type { GoldenResources } from "./check.ts";

/** Resources that are kept until they are disposed of. */
export class LazyResources implements GoldenResources, AsyncDisposable {
  readonly #schedules = new Map<number, GammaSchedule>();
  #gpu: Promise<Gpu> | undefined;

  /** See {@linkcode GoldenResources.gpu}. @throws {GpuError} if there is no adapter. */
  gpu(): Promise<Gpu> {
    return this.#gpu ??= Gpu.open();
  }

  /** See {@linkcode GoldenResources.schedule}. */
  schedule(vocabSize: number): GammaSchedule {
    let schedule = this.#schedules.get(vocabSize);
    if (schedule === undefined) {
      schedule = new GammaSchedule(vocabSize);
      this.#schedules.set(vocabSize, schedule);
    }
    return schedule;
  }

  /** Closes the GPU. */
  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#gpu)?.[Symbol.dispose]();
  }
}
