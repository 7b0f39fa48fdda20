/**
 * A method that flm does not have, made of its public parts: masked diffusion in its simplest form.
 * A part of the tokens is replaced by a mask; the network predicts them, and writes text by
 * replacing masks. There is no noise, no flow, and nothing linear in a state.
 *
 * @module
 */

import type { Tensor } from "@flm/flm/gpu";
import {
  drawTimes,
  FREE_TOKEN,
  holdTokens,
  type Method,
  networkConfig,
  number,
  readOptions,
  type Section,
  type TextDraw,
  type TextSampler,
} from "@flm/flm/methods";
import {
  argmaxRows,
  chunksOf,
  crossEntropyHead,
  forEachChunk,
  logitRows,
  Philox,
  Stream,
  Tape,
} from "@flm/flm/ops";
import {
  Dit,
  initialise,
  type Objective,
  type ObjectiveOptions,
  type OwnSlice,
  ownSlices,
  type StepObjective,
} from "@flm/flm/train";

/** Its own settings. */
interface Options {
  /** The least part of a text that is masked in training. */
  readonly minMasked: number;
}

const OPTIONS: Section<Options> = {
  doc: "Settings of masked diffusion.",
  keys: {
    minMasked: number({ doc: "The least part that is masked.", above: 0, max: 1, fallback: 0.1 }),
  },
};

/** Padding stands for the mask, since blocks of a stream have none. */
const MASK = 2;

/** The cross-entropy of the tokens that are masked. */
class MaskedObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #options: ObjectiveOptions<Dit>;
  readonly #minMasked: number;
  readonly #slices: readonly OwnSlice[];

  constructor(options: ObjectiveOptions<Dit>, { minMasked }: Options) {
    this.#options = options;
    this.#minMasked = minMasked;
    this.#slices = ownSlices(options);
    this.numMicroBatches = options.numMicroBatches;
    this.tokensPerStep = options.batches.batchSize * options.model.config.length;
  }

  begin(step: number): StepObjective {
    const { model, batches, seed } = this.#options;
    const { gpu, config: { length } } = model;
    const shares = drawTimes({ seed, step }, batches.batchSize, { min: this.#minMasked });
    const random = new Philox(seed, Stream.Noise);
    const owned = new DisposableStack();
    let numTokens = 0;
    const parts = this.#slices.map(({ slice, offset, count }) => {
      const ids = batches.read(step, slice);
      const masked = ids.map((_, i) => {
        const sample = offset + Math.floor(i / length);
        return Number(random.uniforms(0, i % length, sample, step)[0]! < shares[sample]!);
      });
      numTokens += masked.reduce((sum, each) => sum + each, 0);
      const times = Float32Array.from(
        shares.subarray(offset, offset + count),
        (share) => 1 - share,
      );
      return {
        tokens: owned.use(gpu.tensor(ids)),
        seen: owned.use(gpu.tensor(ids.map((id, i) => masked[i] === 1 ? MASK : id))),
        mask: owned.use(gpu.tensor(Float32Array.from(masked))),
        times: owned.use(gpu.tensor(times)),
      };
    });
    return {
      numTokens,
      mask: (microBatch) => parts[microBatch]!.mask,
      loss(tape, microBatch) {
        const { tokens, seen, times } = parts[microBatch]!;
        using embedded = model.embedTokens(tape, seen);
        using hidden = model.forward(tape, embedded, { times });
        return crossEntropyHead(tape, hidden, model.head, tokens);
      },
      [Symbol.dispose]: () => owned.dispose(),
    };
  }
}

/** Predicts all tokens, keeps some of them, and masks the others again, fewer in each step. */
class MaskedSampler implements TextSampler {
  readonly #model: Dit;

  constructor(model: Dit) {
    this.#model = model;
  }

  *draw({ numSteps, seed, firstSample, numSamples, held }: TextDraw) {
    const { gpu, config: { length } } = this.#model;
    const random = new Philox(seed, Stream.Sampler);
    const order = Array.from(
      { length: numSamples * length },
      (_, i) => random.uniforms(0, i % length, firstSample + Math.floor(i / length), 0)[0]!,
    );
    const masks = (share: number) =>
      gpu.tensor(Uint32Array.from(order, (u) => u < share ? FREE_TOKEN : MASK));
    using state = gpu.tensor(new Uint32Array(order.length).fill(MASK));
    if (held !== undefined) holdTokens(gpu, state, held);
    for (let step = 0; step < numSteps; step++) {
      using guess = this.#predict(state, step / numSteps, numSamples);
      using kept = masks((step + 1) / numSteps);
      gpu.copy(guess, state);
      holdTokens(gpu, state, kept);
      if (held !== undefined) {
        holdTokens(gpu, state, held);
        holdTokens(gpu, guess, held);
      }
      yield { stepsDone: step + 1, tokens: guess };
    }
  }

  [Symbol.dispose](): void {}

  #predict(state: Tensor, time: number, numSamples: number): Tensor {
    const model = this.#model;
    const { gpu, head } = model;
    using tape = new Tape(gpu, false);
    using times = gpu.tensor(new Float32Array(numSamples).fill(time));
    using embedded = model.embedTokens(tape, state);
    using hidden = model.forward(tape, embedded, { times });
    const guess = gpu.empty([state.size], "u32");
    forEachChunk(
      gpu,
      [logitRows(gpu, hidden.tensor, head)],
      chunksOf(gpu, state.size, head.weight),
      ({ rowStart }, [logits]) => argmaxRows(gpu, logits, guess, { rowStart }),
    );
    return guess;
  }
}

/** The method. */
export const maskedDiffusion: Method<Dit, never> = {
  kind: "masked_diffusion",
  title: "masked diffusion model",
  networkClass: Dit,
  learnsFrom: {},
  section: null,
  options: OPTIONS,
  next: null,
  isCrossEntropy: true,
  isDenoiser: false,
  writer: {
    needsTeacher: false,
    takesRenewal: false,
    takesSharpening: false,
    open: ({ network }) => Promise.resolve(new MaskedSampler(network)),
  },
  training({ config, tokenizer }) {
    const options = readOptions(config, OPTIONS);
    return {
      modelConfig: networkConfig(config, tokenizer),
      start: (model) => initialise(model, config.seed),
      objective: (inputs) => new MaskedObjective(inputs, options),
    };
  },
  inputs: (config) => ({ method: "masked_diffusion", ...readOptions(config, OPTIONS) }),
};
