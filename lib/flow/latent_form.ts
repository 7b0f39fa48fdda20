/**
 * The choice between the two forms of latents.
 *
 * @module
 */

import { EmbeddedForm } from "./embedded_latent.ts";
import type { LatentForm } from "./latent.ts";
import type { FlowNetworks } from "./networks.ts";
import { VocabularyForm } from "./vocabulary_latent.ts";

/**
 * The form that takes less memory: z itself [B·L, V] where the vocabulary is smaller than the
 * widths of the networks together, else z·E [B·L, H] for each network.
 */
export async function createLatentForm(networks: FlowNetworks): Promise<LatentForm> {
  const { denoiser, correction } = networks;
  const width = denoiser.config.hiddenSize + (correction?.config.hiddenSize ?? 0);
  if (denoiser.config.vocabSize < width) return new VocabularyForm(networks);
  return await EmbeddedForm.create(networks);
}
