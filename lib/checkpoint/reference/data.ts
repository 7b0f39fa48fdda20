/**
 * On what data a model of the reference was trained, as far as it can be told.
 *
 * @module
 */

import type { DataConfig } from "../../config/config.ts";
import type { ReferenceHints } from "./hints.ts";
import { IDS } from "./tokenizers.ts";

/** The data sets of the paper, as the recipes have them. */
const KNOWN: readonly { tokenizer: string; length: number; name: RegExp; data: object }[] = [
  {
    tokenizer: "bert-base-uncased",
    length: 128,
    name: /^lm1b/,
    data: {
      source: {
        kind: "hub",
        dataset: "billion-word-benchmark/lm1b",
        validationSplit: "test",
      },
      detokenizer: "lm1b",
      dir: "shards/lm1b",
    },
  },
  {
    tokenizer: "gpt2",
    length: 1024,
    name: /^openwebtext/,
    data: {
      source: { kind: "hub", dataset: "Skylion007/openwebtext", revision: "main" },
      validationDocuments: 100000,
      dir: "shards/owt",
    },
  },
];

/** What decides the data. */
export interface DataHints extends Pick<ReferenceHints, "dataset" | "wrap"> {
  /** The model's name. */
  readonly name: string;
  /** Its tokenizer. */
  readonly tokenizer: string;
  /** Tokens of a sequence. */
  readonly length: number;
  /** The folder of its token shards, if a person says it. */
  readonly dir: string | undefined;
}

/**
 * The section `data` of a configuration. A data set of the paper is taken for granted where
 * tokenizer and length are its own and nothing else is said; else it is a text of the model's name.
 */
export function dataOf(
  { name, tokenizer, length, dataset, wrap = true, dir }: DataHints,
): Record<string, unknown> {
  const known = KNOWN.find((each) =>
    each.tokenizer === tokenizer && each.length === length &&
    (dataset === undefined || each.name.test(dataset))
  );
  const packing: DataConfig["packing"] = tokenizer === IDS
    ? "unwrapped"
    : wrap
    ? "stream"
    : "padded";
  return {
    source: { kind: "text", name },
    dir: `shards/${name}`,
    ...known?.data,
    tokenizer,
    length,
    packing,
    ...(dir !== undefined && { dir }),
  };
}
