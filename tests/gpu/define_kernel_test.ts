import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { defineKernel } from "../../lib/gpu/define_kernel.ts";
import { foldGrid } from "../../lib/gpu/limits.ts";
import { gpuTest } from "../testing/gpu.ts";

/** `y = expression of x[i]`, elementwise. */
const elementwise = (name: string, expression: string) =>
  defineKernel(
    name,
    `
//# include common
struct Params {
  count: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * \${WG}u + local;
  if (i < params.count) { y[i] = ${expression}; }
}
`,
  );

gpuTest("defineKernel() makes kernels that run, whatever others are called", async (gpu) => {
  // The name is one of flm's own kernels.
  const square = elementwise("add", "x[i] * x[i]");
  const negative = elementwise("add", "-x[i]");
  const values = Float32Array.from({ length: 75 }, (_, i) => i - 30);
  using x = gpu.tensor(values);
  using y = gpu.empty([75]);
  for (
    const [kernel, expected] of [[square, (v: number) => v * v], [
      negative,
      (v: number) => -v,
    ]] as const
  ) {
    for (const WG of [8, 64]) {
      gpu.clear(y);
      gpu.run(kernel, { WG }, {
        bind: { x, y },
        params: { count: 75 },
        grid: foldGrid(Math.ceil(75 / WG)),
      });
      assertEquals(await gpu.read(y), values.map(expected));
    }
  }
});

gpuTest("defineKernel() makes kernels whose calls are checked", (gpu) => {
  const square = elementwise("square", "x[i] * x[i]");
  using x = gpu.empty([5]);
  const work = { params: { count: 5 }, grid: [1, 1, 1] } as const;
  assertThrows(
    () => gpu.run(square, { WG: 8 }, { bind: { x }, ...work }),
    GpuError,
    'Kernel square WG=8 needs a buffer "y".',
  );
  using y = gpu.empty([5]);
  const bind = { x, y };
  assertThrows(
    () => gpu.run(square, {}, { bind, ...work }),
    GpuError,
    'square.wgsl:10: unknown name "WG"',
  );
  assertThrows(
    () => gpu.run(square, { WG: 8, STEPS: 1 }, { bind, ...work }),
    GpuError,
    'Kernel square has no constant "STEPS".',
  );
  assertThrows(
    () => gpu.run(square, { WG: 8 }, { bind: { x, z: y }, ...work }),
    GpuError,
    'Kernel square WG=8 has no binding "z".',
  );
  assertThrows(
    () => gpu.run(square, { WG: 8 }, { bind, ...work, params: { count: 5, rows: 1 } }),
    GpuError,
    'Kernel square WG=8 has no parameter "rows".',
  );
  // What was bound before is not looked at again, but what is misspelt is missing.
  gpu.run(square, { WG: 8 }, { bind, ...work });
  assertThrows(
    () => gpu.run(square, { WG: 8 }, { bind, ...work, params: { counts: 5 } }),
    GpuError,
    'Kernel square WG=8 has no parameter "counts".',
  );
});

Deno.test("defineKernel() names a directive that has no end", () => {
  assertThrows(() => defineKernel("mine", "\n//# if A\n"), GpuError, "mine.wgsl:2");
});
