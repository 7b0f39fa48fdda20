/**
 * What the checks of a run share, made when first asked for.
 *
 * @module
 */

import type { TrainPrecision } from "../../lib/config/config.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import type { BackendName } from "../../lib/gpu/backend.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import type { GoldenResources } from "./check.ts";

/** Resources that are kept until they are disposed of. */
export class LazyResources implements GoldenResources, AsyncDisposable {
  readonly precision: TrainPrecision;
  readonly #schedules = new Map<number, GammaSchedule>();
  readonly #backend: BackendName | null;
  #gpu: Promise<Gpu> | undefined;

  /** @param backend The way to the device; the usual one unless given. */
  constructor(precision: TrainPrecision = "f32", backend: BackendName | null = null) {
    this.precision = precision;
    this.#backend = backend;
  }

  /** See {@linkcode GoldenResources.gpu}. @throws {GpuError} if there is no adapter. */
  gpu(): Promise<Gpu> {
    return this.#gpu ??= Gpu.open({ backend: this.#backend });
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
