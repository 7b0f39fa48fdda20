/**
 * Flags of programs that take a trained model which may be no run.
 *
 * @module
 */

import { PRECISION } from "../checkpoint/precision.ts";
import type { ToldOfModel } from "../checkpoint/reference/state.ts";
import { WEIGHTS } from "../checkpoint/trained_model.ts";
import { methods } from "../methods/table.ts";
import { type Field, integer, number, oneOf, text } from "../schema/field.ts";
import { TOKENIZER_NAMES } from "../text/create_tokenizer.ts";
import { inGroup } from "./flag_group.ts";
import { type FlagValues, optional } from "./flags.ts";
import { writeStderr } from "./stderr.ts";

const CAP = number({ above: 0 });

/** A cap, or `none`. */
const capOrNone: Field<number | "none"> = {
  ...CAP,
  doc: "The cap of its logits, if it does not say it: since April 2026 the reference has 30.",
  expected: `${CAP.expected}, or none`,
  check: (value) => value === "none" ? "none" : CAP.check(value),
  fromText: (value) => value === "none" ? "none" : CAP.fromText(value),
};

/** Which weights of a model are taken. */
export const WEIGHTS_FLAG = {
  ...WEIGHTS,
  group: "input" as const,
  metavar: "ema|model|ema:DECAY",
  doc: "The weights' running average (of a decay: ema:0.999), or those of the last step (model).",
  fallback: "ema" as const,
};

/** What its matrices are stored in. */
export const PRECISION_FLAG = inGroup("machine", { precision: PRECISION });

/** What is told of a model that is no run and does not say it. */
export const TOLD_FLAGS = inGroup("input", {
  logitCap: optional(capOrNone),
  length: optional(integer({
    doc: "Tokens of a sequence, if the model does not say it.",
    min: 1,
    unit: "tokens",
  })),
  tokenizer: optional(oneOf(TOKENIZER_NAMES, { doc: "Its tokenizer, if it does not say it." })),
  kind: optional(text({
    doc: "The kind of the model, if it does not say it.",
    metavar: methods().map(({ kind }) => kind).join("|"),
  })),
});

/** What the flags tell; nothing of what was not given. */
export function toldByFlags(
  { logitCap, length, tokenizer, kind }: FlagValues<typeof TOLD_FLAGS>,
): ToldOfModel {
  return {
    ...(logitCap !== null && { logitCap: logitCap === "none" ? null : logitCap }),
    ...(length !== null && { length }),
    ...(tokenizer !== null && { tokenizer }),
    ...(kind !== null && { kind }),
  };
}

/** Takes notes on models, and shows each once on standard error. */
export function noteOnce(write: (text: string) => void = writeStderr): (note: string) => void {
  const shown = new Set<string>();
  return (note) => {
    if (shown.has(note)) return;
    shown.add(note);
    write(`Note: ${note}\n`);
  };
}
