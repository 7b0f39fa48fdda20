/**
 * What a page does while its device is lost, see device_lost_in_page_test.ts: its bundle gives the
 * page a `loseDevice` and an `openUntilItFails`.
 *
 * @module
 */

import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { randomSequences, recordSteps, tinyTrainer } from "../testing/tiny_model.ts";

/** Steps of each work. */
export const NUM_STEPS = 6;

/** Work on a device, which tells of every step. */
type Work = (gpu: Gpu, onStep: () => void) => Promise<readonly unknown[]>;

const WORKS = {
  async sample(gpu, onStep) {
    using model = await FlowLanguageModel.load(new URL("run", location.href).href, { gpu });
    const samples = await model.sample({ numSamples: 3, numSteps: NUM_STEPS, seed: 5, onStep });
    return samples.map(({ text }) => text);
  },
  async train(gpu, onStep) {
    using training = tinyTrainer(gpu, randomSequences(20), { batchSize: 4 });
    const losses: number[] = [];
    while (losses.length < NUM_STEPS) {
      losses.push(...(await recordSteps(training, 1)).map(({ loss }) => loss));
      onStep();
    }
    return losses;
  },
} satisfies Record<string, Work>;

/** The names of the works. */
export type WorkName = keyof typeof WORKS;

/** An error as the test sees it. */
export interface Failure {
  /** Whether it is one that flm explains. */
  readonly isExplained: boolean;
  /** What it says. */
  readonly message: string;
}

/** What {@linkcode loseDevice} saw. */
export interface Loss {
  /** What the work comes to. */
  readonly whole: readonly unknown[];
  /** How it ended as the device was lost, and how it ends on that device from then on. */
  readonly failures: readonly Failure[];
  /** What it comes to on another device. */
  readonly again: readonly unknown[];
}

const failureOf = (error: unknown): Failure => ({
  isExplained: error instanceof GpuError,
  message: String(error),
});

/** Does something again and again, until it fails. */
async function untilItFails(act: () => Promise<unknown>): Promise<Failure> {
  for (;;) {
    try {
      await act();
    } catch (error) {
      return failureOf(error);
    }
  }
}

/** Works on a device that is lost after a step, and then on another. */
async function loseDevice(
  name: WorkName,
  lostAfter: number,
  lose: (device: GPUDevice) => void,
): Promise<Loss> {
  const work: Work = WORKS[name];
  using gpu = await Gpu.open();
  const whole = await work(gpu, () => {});
  let steps = 0;
  const lost = await untilItFails(() =>
    work(gpu, () => void (++steps === lostAfter && lose(gpu.device)))
  );
  const failures = [lost, await untilItFails(() => work(gpu, () => {}))];
  using other = await Gpu.open();
  return { whole, failures, again: await work(other, () => {}) };
}

/** Opens devices until one cannot be had or is lost, and then another. */
async function openUntilItFails(lose: () => void): Promise<Failure> {
  let opened = 0;
  const failure = await untilItFails(async () => {
    using gpu = await Gpu.open();
    if (++opened === 1) lose();
    await gpu.finish();
  });
  using another = await Gpu.open();
  await another.finish();
  return failure;
}

Object.assign(globalThis, { loseDevice, openUntilItFails });
