import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Config } from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { recipeMethods, requireRecipe } from "../../lib/methods/recipe.ts";
import { tinyConfig } from "../testing/tiny_run.ts";

function configWith(changes: Record<string, unknown>): Config {
  return tinyConfig("tiny", 10, changes);
}

const kinds = (changes: Record<string, unknown>) =>
  recipeMethods(configWith(changes)).map(({ kind }) => kind);

Deno.test("recipeMethods() gives the first training, its distillation and what follows", () => {
  assertEquals(kinds({}), ["flm", "psd"]);
  assertEquals(kinds({ distill: { method: "semigroup" } }), ["flm", "semigroup", "second_stage"]);
  // Nothing distils it.
  assertEquals(kinds({ method: "ar" }), ["ar"]);
});

Deno.test("recipeMethods() names the key of a method that is unknown, with the nearest one", () => {
  assertThrows(
    () => kinds({ distill: { method: "pds" } }),
    ConfigError,
    'distill.method: unknown method "pds"; did you mean psd?',
  );
  assertThrows(
    () => kinds({ method: "nothing_like_it" }),
    ConfigError,
    'method: unknown method "nothing_like_it"; there is: flm, psd, semigroup, second_stage, ar',
  );
});

Deno.test("recipeMethods() names the key of a method of another sort", () => {
  const DISTILS = "distill.method: expected a method that distils (psd, semigroup), found ";
  for (const method of ["flm", "second_stage", "ar"]) {
    assertThrows(() => kinds({ distill: { method } }), ConfigError, `${DISTILS}"${method}"`);
  }
  assertThrows(
    () => kinds({ method: "psd" }),
    ConfigError,
    'method: expected a method that learns from data alone (flm, ar), found "psd"',
  );
});

Deno.test("requireRecipe() names the key of an optimizer that is unknown", () => {
  const optim = { optimizer: "lion" };
  const sections = {
    "optim": { optim },
    "distill.optim": { distill: { optim } },
    "secondStage.optim": { secondStage: { optim } },
    "ar.optim": { ar: { optim } },
  };
  for (const [section, changes] of Object.entries(sections)) {
    assertThrows(
      () => requireRecipe(configWith(changes), "run.yaml"),
      ConfigError,
      `${section}.optimizer: unknown optimizer "lion"; there is: adamw`,
    );
  }
});

Deno.test("requireRecipe() refuses bounds on what is not made or not measured", () => {
  const BOUND = { model: "flm", numSteps: 1, metric: "entropy", min: 0.5 };
  const problem = (bound: Record<string, unknown>, changes: Record<string, unknown> = {}) => {
    const config = configWith({
      ...changes,
      evaluation: { gammas: [0, 0.8], bounds: [BOUND, { ...BOUND, ...bound }] },
    });
    return assertThrows(() => requireRecipe(config, "run.yaml"), ConfigError).message;
  };
  for (
    const [bound, message] of [
      [{ gamma: 0.8 }, "gamma: expected 0 for flm, found 0.8"],
      [
        { model: "psd", gamma: 0.5 },
        "gamma: expected one of evaluation.gammas (0, 0.8) for psd, found 0.5",
      ],
      [
        { model: "semigroup" },
        'model: distill.method "psd" makes flm and psd, found semigroup',
      ],
    ] as const
  ) assertStringIncludes(problem(bound), `run.yaml: evaluation.bounds[1].${message}`);
  assertStringIncludes(
    problem({ model: "psd" }, { distill: { method: "semigroup" } }),
    'distill.method "semigroup" makes flm and semigroup and second_stage, found psd',
  );
});

Deno.test("requireRecipe() refuses options that a method of the recipe does not have", () => {
  assertThrows(
    () => requireRecipe(configWith({ distill: { options: { depth: 2 } } }), "run.yaml"),
    ConfigError,
    "distill.options.depth: unknown key: psd has no options",
  );
});
