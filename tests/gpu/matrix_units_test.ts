import { assertEquals } from "@std/assert";
import { MATRIX_FEATURES, matrixUnitsOf } from "../../lib/gpu/matrix_units.ts";

/** What an adapter says of itself, and the features of its device. */
function unitsOf(
  configs: readonly (readonly [number, number, number, string, string])[],
  { min = 32, max = 32, features = MATRIX_FEATURES as readonly string[] } = {},
) {
  const info = {
    subgroupMinSize: min,
    subgroupMaxSize: max,
    subgroupMatrixConfigs: configs.map(([M, N, K, componentType, resultComponentType]) => ({
      ...{ M, N, K, componentType, resultComponentType },
    })),
  };
  return matrixUnitsOf(info as unknown as GPUAdapterInfo, new Set(features));
}

Deno.test("matrixUnitsOf() takes the largest units of f16 that add up in f32", () => {
  assertEquals(
    unitsOf([
      [16, 16, 16, "f16", "f16"],
      [8, 8, 8, "f16", "f32"],
      [16, 8, 16, "f16", "f32"],
      [32, 32, 32, "i8", "i32"],
    ]),
    { M: 16, N: 8, K: 16, subgroupSize: 32 },
  );
});

Deno.test("matrixUnitsOf() knows none without features, fitting types or one size of subgroups", () => {
  const fitting = [[8, 8, 8, "f16", "f32"]] as const;
  assertEquals(unitsOf(fitting)?.M, 8);
  for (const missing of MATRIX_FEATURES) {
    const features = MATRIX_FEATURES.filter((name) => name !== missing);
    assertEquals(unitsOf(fitting, { features }), undefined);
  }
  assertEquals(unitsOf([[8, 8, 8, "f16", "f16"]]), undefined);
  assertEquals(unitsOf([]), undefined);
  assertEquals(unitsOf(fitting, { min: 8, max: 32 }), undefined);
  assertEquals(matrixUnitsOf({} as GPUAdapterInfo, new Set(MATRIX_FEATURES)), undefined);
});
