/**
 * The time reparameterisation of flow language models: how the discrete time
 * alpha that the network is given and the continuous time gamma that mixes noise
 * and data belong together.
 *
 * @module
 */

import { CubicSpline } from "../math/cubic_spline.ts";
import { gaussHermite } from "../math/gauss_hermite.ts";
import { logNormalCdf } from "../math/log_normal_cdf.ts";

const NUM_TABLE_POINTS = 10_000;
const NUM_QUADRATURE_NODES = 100;
const SIGMA_FLOOR = 1e-12;
/** A slope in gamma that keeps the table of alpha ascending where it saturates. */
const TIE_BREAK = 1e-10;
/** Nodes that cannot change a probability of 1/vocabSize or more in float64. */
const NEGLIGIBLE_WEIGHT = 1e-25;

/**
 * The schedule of one vocabulary size.
 *
 * With x_gamma = (1 − gamma)·noise + gamma·one_hot, alpha(gamma) is the
 * probability that the true token has the largest entry, shifted and scaled
 * so that guessing is 0 and certainty is 1. All in float64. The counterpart of
 * the reference's `build_luts`, `alpha_to_gamma` and `gamma_to_alpha` (utils.py).
 *
 * Near alpha = 1 gamma is very steep: from the largest float32 below 1 to 1 it
 * rises by about 0.1. So compute times in float64 and round them with care.
 *
 * @example
 * ```ts
 * const schedule = new GammaSchedule(50_257);
 * schedule.gammaAt(0.5); // 0.8087410221644...
 * ```
 */
export class GammaSchedule {
  /** The number of tokens that compete in the argmax. */
  readonly vocabSize: number;
  readonly #nodes: Float64Array;
  readonly #weights: Float64Array;
  readonly #alphaSpline: CubicSpline;
  readonly #gammaSpline: CubicSpline;

  /**
   * Tabulates alpha on 10,000 even gammas (about a tenth of a second) and lays
   * a spline through the table in each direction.
   *
   * @throws {RangeError} if `vocabSize` is not an integer of at least 2.
   */
  constructor(vocabSize: number) {
    if (!Number.isSafeInteger(vocabSize) || vocabSize < 2) {
      throw new RangeError(
        `Cannot build a schedule for a vocabulary of ${vocabSize}: expected an integer of at least 2`,
      );
    }
    this.vocabSize = vocabSize;
    const rule = gaussHermite(NUM_QUADRATURE_NODES);
    const kept = rule.weights.map((w) => w / Math.sqrt(Math.PI));
    const used = (_: number, i: number) => kept[i]! >= NEGLIGIBLE_WEIGHT;
    this.#nodes = rule.nodes.filter(used).map((x) => Math.SQRT2 * x);
    this.#weights = kept.filter(used);

    const gammas = new Float64Array(NUM_TABLE_POINTS).map((_, i) => i / (NUM_TABLE_POINTS - 1));
    const alphas = gammas.map((gamma) => this.exactAlphaAt(gamma));
    this.#alphaSpline = new CubicSpline(gammas, alphas);
    this.#gammaSpline = inverseSpline(gammas, alphas);
  }

  /**
   * alpha of gamma in [0, 1] by 100-node Gauss–Hermite quadrature, without a
   * table: q = E[Φ(Z + gamma/σ)^(V−1)] with Z ~ N(0, 1) and σ = 1 − gamma, then
   * (V·q − 1)/(V − 1), clipped to [0, 1]. Reference: `compute_alpha_exact`.
   */
  exactAlphaAt(gamma: number): number {
    const mean = gamma / Math.max(1 - gamma, SIGMA_FLOOR);
    const rivals = this.vocabSize - 1;
    let probability = 0;
    for (let i = 0; i < this.#nodes.length; i++) {
      const logWin = rivals * logNormalCdf(this.#nodes[i]! + mean);
      probability += this.#weights[i]! * Math.exp(logWin);
    }
    const debiased = (this.vocabSize / rivals) * (probability - 1 / this.vocabSize);
    return clip(debiased + (gamma - 1) * TIE_BREAK);
  }

  /**
   * gamma of alpha in [0, 1] by the inverse spline, clipped to [0, 1].
   * Reference: `alpha_to_gamma`.
   */
  gammaAt(alpha: number): number {
    return clip(this.#gammaSpline.at(alpha));
  }

  /**
   * alpha of gamma in [0, 1] by the forward spline, clipped to [0, 1].
   * Reference: `gamma_to_alpha`, which samplers use to find the time of a gamma.
   */
  alphaAt(gamma: number): number {
    return clip(this.#alphaSpline.at(gamma));
  }

  /** d gamma / d alpha of the inverse spline before clipping: how steep gamma is at alpha. */
  gammaSlopeAt(alpha: number): number {
    return this.#gammaSpline.derivativeAt(alpha);
  }
}

/** The spline of gamma over alpha: sorted by alpha, the first gamma of equal alphas kept. */
function inverseSpline(gammas: Float64Array, alphas: Float64Array): CubicSpline {
  const order = Array.from(alphas.keys()).sort((a, b) => alphas[a]! - alphas[b]! || a - b);
  const knots = order.filter((i, rank) => rank === 0 || alphas[i] !== alphas[order[rank - 1]!]);
  return new CubicSpline(
    Float64Array.from(knots, (i) => alphas[i]!),
    Float64Array.from(knots, (i) => gammas[i]!),
  );
}

function clip(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
