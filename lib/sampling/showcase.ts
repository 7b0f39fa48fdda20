/**
 * The model that comes with flm.
 *
 * @module
 */

/**
 * Whether this module lies where it was written, and not in a bundle, which has but one address.
 */
const isModule = import.meta.url.endsWith("/lib/sampling/showcase.ts");

/**
 * The address of the model that comes with flm, a small denoiser flow map in `data/showcase`. It is
 * beside `mod.ts`, on a disk or on a server; beside a bundle only if somebody has put it there.
 *
 * @example Write a text in one step
 * ```ts
 * import { FlowLanguageModel, SHOWCASE } from "@flm/flm";
 *
 * using model = await FlowLanguageModel.load(SHOWCASE);
 * const [sample] = await model.sample({ numSteps: 1, seed: 1 });
 * console.log(sample!.text);
 * ```
 */
export const SHOWCASE: string =
  new URL(`${isModule ? "../../" : ""}data/showcase`, import.meta.url).href;
