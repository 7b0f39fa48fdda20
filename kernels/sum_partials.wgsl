// partials[start + g] = sum of x[i], of mask[i] x[i] if MASK, or of x[i]^2 if SQUARE, over the
// g-th slab of `slab` elements: the first of two levels of a sum in a fixed order.
//
//   x, mask    [count]
// A workgroup sums a slab.
// Constants: MASK, SQUARE, LANES.
// Launched by sumSlabs() in lib/ops/sum.ts.
//# include common
//# include workgroup_sum

struct Params {
  count: u32,
  slab: u32,
  start: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
//# if MASK
@group(0) @binding(2) var<storage, read> mask: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let g = folded_index(group, groups);
  let first = g * params.slab;
  if (first >= params.count) { return; }
  let end = min(first + params.slab, params.count);
  var sum = 0.0;
  for (var base = first; base < end; base += ${LANES * 8}u) {
//# repeat u 0 8
    let i${u} = base + ${LANES * u}u + local;
    let at${u} = min(i${u}, params.count - 1u);
    var v${u} = x[at${u}];
//# if SQUARE
    v${u} *= v${u};
//# end
//# if MASK
    v${u} *= mask[at${u}];
//# end
    sum += select(0.0, v${u}, i${u} < end);
//# end
  }
  let total = workgroup_sum(sum, local);
  if (local == 0u) { partials[params.start + g] = total; }
}
