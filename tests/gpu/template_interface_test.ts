import { assertEquals, assertThrows } from "@std/assert";
import { includes, kernels } from "../../kernels/sources.ts";
import { GpuError } from "../../lib/errors.ts";
import { parseInterface } from "../../lib/gpu/kernel_interface.ts";
import { expandTemplate } from "../../lib/gpu/template.ts";
import { templateInterface } from "../../lib/gpu/template_interface.ts";

const read = (source: string, included: Record<string, string> = {}) => {
  const { constants, bindings, kinds, params } = templateInterface(
    { name: "main", source },
    included,
  );
  return {
    constants: Object.fromEntries(constants),
    bindings: Object.fromEntries(bindings),
    kinds: Object.fromEntries([...kinds].map(([name, kinds]) => [name, [...kinds]])),
    params: Object.fromEntries(params),
  };
};

Deno.test("templateInterface() tells constants from variables, and needed from optional ones", () => {
  const { constants } = read(`
//# repeat i FIRST N * 2
x\${i + A}
//# end
//# if B && !C
\${D}
//# else
\${D} \${E} \${i}
//# end
`);
  assertEquals(constants, {
    A: true,
    FIRST: true,
    N: true,
    B: true,
    C: true,
    D: true,
    E: false,
    i: false,
  });
});

Deno.test("templateInterface() finds bindings, images, and parameters, within conditions", () => {
  const { bindings, kinds, params } = read(`
struct Other {
  none: u32,
}
struct Params {
  count: u32,
//# if A
  weight: f32,
//# end
}
struct Another {
  none: u32,
}
//# if A
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
//# else
@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
//# end
@group(0) @binding(2) var<storage, read_write> y: array<f32, \${N}>;
@group(1) @binding(0) var<uniform> params: Params;
`);
  assertEquals(bindings, { x: true, mask: false, y: true });
  assertEquals(kinds, { x: ["buffer", "image"], mask: ["buffer"], y: ["buffer"] });
  assertEquals(params, { count: true, weight: false });
});

Deno.test("templateInterface() goes through includes, and what is always included is needed", () => {
  const part = "//# include part\n\${N}";
  const conditional = "//# if A\n//# include part\n//# end\n";
  assertEquals(read(conditional, { part }).constants, { A: true, N: false });
  assertEquals(read(`${conditional}//# include part`, { part }).constants, { A: true, N: true });
  assertThrows(() => read("//# include none"), GpuError, 'main.wgsl:1: there is no "none"');
});

for (const name of Object.keys(kernels) as (keyof typeof kernels)[]) {
  Deno.test(`templateInterface() of ${name} agrees with its expansions`, () => {
    const template = { name, source: kernels[name] };
    const { constants, bindings, kinds, params } = templateInterface(template, includes);
    for (const value of [0, 1, 2, 4]) {
      const given = Object.fromEntries([...constants.keys()].map((name) => [name, value]));
      const expanded = parseInterface(expandTemplate(template, includes, given));
      const found = new Set(expanded.bindings.map(({ name }) => name));
      for (const { name, image } of expanded.bindings) {
        assertEquals([bindings.has(name), kinds.get(name)?.has(image ? "image" : "buffer")], [
          true,
          true,
        ]);
      }
      for (const [name, always] of bindings) if (always) assertEquals(found.has(name), true, name);
      const scalars = new Set(expanded.params.map(({ name }) => name));
      assertEquals(scalars.isSubsetOf(new Set(params.keys())), true);
      for (const [name, always] of params) if (always) assertEquals(scalars.has(name), true, name);
    }
  });
}
