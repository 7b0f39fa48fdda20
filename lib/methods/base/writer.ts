/**
 * How models write text: the seam between {@linkcode FlowLanguageModel} and the samplers of the
 * methods. Nothing here assumes a flow: a sampler may as well replace tokens.
 *
 * @module
 */

import type { LatentDraw } from "../../flow/latent.ts";
import type { SamplerState } from "../../flow/sampler.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { Network } from "../../model/network.ts";
import type { Sharpening } from "../../ops/head.ts";

/** The networks of a loaded model. */
export interface WriterNetworks<M extends Network = Network, T extends Network = M> {
  /** The network that was trained. */
  readonly network: M;
  /** The frozen network that its checkpoint holds; there if the writer needs it. */
  readonly teacher: T | undefined;
  /** γ(t) for its vocabulary, made when it is first asked for. */
  readonly schedule: GammaSchedule;
}

/** Which texts are written, and how. */
export interface TextDraw extends LatentDraw {
  /** Network evaluations for each text. */
  readonly numSteps: number;
  /** The share of the noise that each step renews, from 0 to 1. */
  readonly renewal: number;
  /**
   * Tokens that are given, `u32` [B·L], with `FREE_TOKEN` where there is none; undefined if none is
   * given. They are the caller's.
   */
  readonly held: Tensor | undefined;
  /** What is done to the network's probabilities before they are used. */
  readonly sharpening: Required<Sharpening>;
  /** Whether to give the tokens that the model expects after every step. */
  readonly guesses: boolean;
}

/** Writes texts with the networks that it was made for. */
export interface TextSampler extends Disposable {
  /**
   * Writes a batch of texts and gives where it is after every step; the last state has their
   * tokens. What need not wait for the device only records commands.
   */
  draw(draw: TextDraw): Iterable<SamplerState> | AsyncIterable<SamplerState>;
}

/** How a method's models write text. */
export interface Writer<M extends Network = Network, T extends Network = M> {
  /** Whether checkpoints hold its frozen `teacher`, without which no text is written. */
  readonly needsTeacher: boolean;
  /** Whether people choose {@linkcode TextDraw.renewal}; else it is 0, or 1 with given tokens. */
  readonly takesRenewal: boolean;
  /**
   * Whether texts follow from the network's probabilities, so that people may choose
   * {@linkcode TextDraw.sharpening}; else it changes nothing.
   */
  readonly takesSharpening: boolean;
  /** Makes a sampler, with what it must compute beforehand. */
  open(networks: WriterNetworks<M, T>): Promise<TextSampler>;
}
