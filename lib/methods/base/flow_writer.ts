/**
 * Writers of models that carry noise along a flow.
 *
 * @module
 */

import type { LatentForm } from "../../flow/latent.ts";
import { createLatentForm } from "../../flow/latent_form.ts";
import type { FlowNetworks } from "../../flow/networks.ts";
import { runSampler, type SamplerState } from "../../flow/sampler.ts";
import type { SamplerStep } from "../../flow/sampler_steps.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import type { TextDraw, TextSampler, Writer, WriterNetworks } from "./writer.ts";

/** The steps of a sampler for a schedule, a number of steps, and the share of renewed noise. */
export type FlowPlan = (
  schedule: GammaSchedule,
  numSteps: number,
  renewal: number,
) => SamplerStep[];

/** What a {@linkcode flowWriter} may be told. */
export interface FlowWriterOptions {
  /** Whether the trained network corrects the steps of a frozen teacher; false unless told. */
  correctsTeacher?: boolean;
  /** Whether people choose the share of renewed noise; false unless told. */
  takesRenewal?: boolean;
}

/** The writer of a flow with the steps of `plan`. */
export function flowWriter(
  plan: FlowPlan,
  { correctsTeacher = false, takesRenewal = false }: FlowWriterOptions = {},
): Writer<DenoiserNetwork> {
  return {
    needsTeacher: correctsTeacher,
    takesRenewal,
    takesSharpening: true,
    async open({ network, teacher, schedule }: WriterNetworks<DenoiserNetwork>) {
      const networks = correctsTeacher
        ? { denoiser: requireTeacher(teacher), correction: network }
        : { denoiser: network };
      return new FlowSampler(networks, await createLatentForm(networks), schedule, plan);
    },
  };
}

function requireTeacher<T>(teacher: T | undefined): T {
  if (teacher !== undefined) return teacher;
  throw new RangeError("A network that corrects a teacher's steps writes nothing without it.");
}

class FlowSampler implements TextSampler {
  readonly #networks: FlowNetworks;
  readonly #form: LatentForm;
  readonly #schedule: GammaSchedule;
  readonly #plan: FlowPlan;

  constructor(
    networks: FlowNetworks,
    form: LatentForm,
    schedule: GammaSchedule,
    plan: FlowPlan,
  ) {
    this.#networks = networks;
    this.#form = form;
    this.#schedule = schedule;
    this.#plan = plan;
  }

  *draw(
    { numSteps, renewal, held, guesses, sharpening, ...draw }: TextDraw,
  ): Generator<SamplerState> {
    const steps = this.#plan(this.#schedule, numSteps, renewal);
    using latent = this.#form.draw(draw, held);
    yield* runSampler(this.#networks, latent, steps, { guesses, sharpening });
  }

  [Symbol.dispose](): void {
    this.#form[Symbol.dispose]();
  }
}
