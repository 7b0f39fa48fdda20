/**
 * How the students of distillations start: from the weights of the model that
 * they learn from.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import type { DenoiserConfig } from "../../model/denoiser.ts";
import type { DitConfig } from "../../model/dit_specs.ts";
import { initialise } from "../../model/initialise.ts";
import type { DenoiserNetwork } from "../../model/network.ts";

/** Parameters that a student has for itself, whatever it starts from. */
const OWN = /^(sigma_map_prime|learnable_loss_weighting)\./;
/** So that a second time changes nothing at first. */
const SECOND_TIME_OUTPUT = /^sigma_map_prime\.mlp\.2\./;
/** So that the output is zero at first, if it corrects the teacher's. */
const OUTPUT_LAYER = /^output_layer\.(linear|adaLN_modulation)\./;

/** The network of a student: its teacher's, with a second time. */
export function studentConfig(
  teacher: DitConfig,
  options: Partial<Pick<DitConfig, "dropout" | "learnableLossWeighting">> = {},
): DitConfig {
  return { ...teacher, ...options, doubleTemb: true };
}

/** How a student starts. */
export interface StudentStart {
  /** Seed of the parameters that its teacher has not. */
  readonly seed: number;
  /** Whether its output is zero at first: a correction to the teacher's; false unless told. */
  readonly zeroOutput?: boolean;
}

/**
 * Checks that a student can learn from a model: from the same tokens in sequences of the same
 * length.
 *
 * @param role What the model is to the student, for the message.
 * @throws {CheckpointError} naming the first difference and both values.
 */
export function requireFits(
  student: DenoiserConfig,
  model: DenoiserConfig,
  role = "teacher",
): void {
  requireSame(student, model, role, ["vocabSize", "length"]);
}

/**
 * Sets all parameters of a student: those of `source`, and where it has others, new ones drawn
 * from the seed. The second time's last layer is zero.
 *
 * @throws {CheckpointError} if the two networks differ in size, naming both values.
 */
export function startStudent(
  student: DenoiserNetwork,
  source: DenoiserNetwork,
  { seed, zeroOutput = false }: StudentStart,
): void {
  const { gpu } = student;
  requireFits(student.config, source.config);
  requireSame(student.config, source.config, "teacher", [
    "hiddenSize",
    "numBlocks",
    "numHeads",
    "condDim",
  ]);
  initialise(student, seed);
  for (const { name, windows } of student.parameters.parameters) {
    const isZero = SECOND_TIME_OUTPUT.test(name) ||
      (zeroOutput && OUTPUT_LAYER.test(name));
    if (!isZero && OWN.test(name)) continue;
    const from = isZero ? undefined : source.parameters.get(name).windows;
    for (const [i, { value }] of windows.entries()) {
      if (from === undefined) gpu.clear(value.tensor);
      else gpu.copy(from[i]!.value.tensor, value.tensor);
    }
  }
}

function requireSame<C extends DenoiserConfig>(
  student: C,
  model: C,
  role: string,
  keys: readonly (keyof C & string)[],
): void {
  for (const key of keys) {
    if (student[key] === model[key]) continue;
    throw new CheckpointError(
      `The ${role} does not fit the student: its ${key} is ${model[key]}, the student's is ` +
        `${student[key]}. Both must be made for the same data and of the same size; use the ` +
        `${role}'s configuration for the student.`,
    );
  }
}
