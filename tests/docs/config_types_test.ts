import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { boolean, integer, list, nullable, oneOf, scalar, text } from "../../lib/schema/field.ts";
import type { AnySection } from "../../lib/schema/tree.ts";
import { configTypes } from "../../tasks/docs/config_types.ts";

const train: AnySection = {
  doc: "Length.",
  keys: { numSteps: integer({ doc: "Steps.", min: 1, fallback: 9 }) },
};

const long = `${"a word and ".repeat(10)}an end.`;

const schema: AnySection = {
  doc: "All.",
  keys: {
    options: { doc: "Settings.", entry: scalar(), fallback: {} },
    train,
    laterStage: {
      doc: "A stage.",
      keys: {
        way: nullable(oneOf(["a", "b"]), { doc: long, fallback: null }),
        ways: list(oneOf(["a", "b"]), { doc: "Ways.", fallback: ["a"] }),
        counts: list(integer(), { doc: "Counts.", fallback: [1] }),
        isOn: boolean({ doc: "Whether." }),
        train,
      },
    },
    source: {
      doc: "Where from.",
      kinds: {
        "tar-archive": { doc: "Files.", keys: { path: text({ doc: "Which." }) } },
        none: { doc: "Nothing.", keys: {} },
      },
    },
    bounds: {
      doc: "Least values.",
      fallback: [],
      item: { doc: "One of them.", keys: { min: integer({ doc: "Least." }) } },
    },
  },
};

Deno.test("configTypes() has an interface for each section, and a union for each choice", () => {
  const types = configTypes(schema);
  assertEquals(
    types.slice(types.indexOf("export interface Config")),
    `export interface Config {
  /** Settings. */
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
  /** Length. */
  readonly train: TrainConfig;
  /** A stage. */
  readonly laterStage: LaterStageConfig;
  /** Where from. */
  readonly source: SourceConfig;
  /** Least values. */
  readonly bounds: readonly BoundConfig[];
}

/** Length. */
export interface TrainConfig {
  /** Steps. */
  readonly numSteps: number;
}

/** A stage. */
export interface LaterStageConfig {
  /**
   * a word and a word and a word and a word and a word and a word and a word and a word and a word
   * and a word and an end.
   */
  readonly way: "a" | "b" | null;
  /** Ways. */
  readonly ways: readonly ("a" | "b")[];
  /** Counts. */
  readonly counts: readonly number[];
  /** Whether. */
  readonly isOn: boolean;
  /** Length. */
  readonly train: Inherited<TrainConfig>;
}

/** Where from. */
export type SourceConfig =
  | TarArchiveSourceConfig
  | NoneSourceConfig;

/** Files. */
export interface TarArchiveSourceConfig {
  /** Which kind it is. */
  readonly kind: "tar-archive";
  /** Which. */
  readonly path: string;
}

/** Nothing. */
export interface NoneSourceConfig {
  /** Which kind it is. */
  readonly kind: "none";
}

/** One of them. */
export interface BoundConfig {
  /** Least. */
  readonly min: number;
}
`,
  );
});

Deno.test("configTypes() has an example in the comment of the whole", () => {
  assertStringIncludes(configTypes(schema), "/**\n * All.\n *\n * @example How many tokens");
});

Deno.test("configTypes() names the field that does not say its type", () => {
  const { type: _, ...field } = text({ doc: "A name." });
  const keys = { name: field };
  assertThrows(() => configTypes({ doc: "All.", keys }), TypeError, "name");
});
