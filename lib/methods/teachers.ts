/**
 * The frozen models that a method learns from.
 *
 * @module
 */

import type { Frozen } from "../checkpoint/frozen.ts";
import { loadFrozen } from "../checkpoint/models/load_frozen.ts";
import type { DataConfig } from "../config/config.ts";
import { keyInWords } from "../config/key_names.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Method } from "./base/method.ts";
import { requireVocabulary, vocabularyFileOf } from "../text/create_tokenizer.ts";
import { methodOf } from "./table.ts";

/** Frozen models on the GPU, by what they are to the method; freed together. */
export interface LoadedTeachers extends Disposable {
  /** The models. */
  readonly frozen: Readonly<Record<string, Frozen>>;
}

/**
 * Loads the models that a method learns from.
 *
 * @param runs Folder or address of the run or checkpoint of each, by what it is to the method.
 * @param data The data that the method is to be trained on.
 * @param onNote Takes a sentence for everything that a model does not say and that was assumed.
 * @throws {CheckpointError} if one is missing, damaged, of another kind or of another tokenizer.
 */
export async function loadTeachers(
  gpu: Gpu,
  method: Method,
  runs: Readonly<Record<string, string>>,
  data: Pick<DataConfig, "tokenizer" | "tokenizerFile" | "dir">,
  onNote?: (note: string) => void,
): Promise<LoadedTeachers> {
  const { tokenizer } = data;
  const tokenizerFile = vocabularyFileOf(data);
  await requireVocabulary(data);
  using loaded = new DisposableStack();
  const frozen: Record<string, Frozen> = {};
  for (const [role, kind] of Object.entries(method.learnsFrom)) {
    const { networkClass } = methodOf(kind);
    const options = { kind, networkClass, role: keyInWords(role), tokenizer, tokenizerFile };
    frozen[role] = loaded.use(await loadFrozen(gpu, runs[role]!, { ...options, onNote }));
  }
  const owned = loaded.move();
  return { frozen, [Symbol.dispose]: () => owned.dispose() };
}
