// y = activation(x), elementwise; a workgroup takes WG * STEPS Vecs, count counts Vecs.
// Constants: FORM (see include/activation.wgsl), VEC, WG, STEPS.
//# include common
//# include activation
//# include vectors

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * ${WG * STEPS}u;
  let end = min(first + ${WG * STEPS}u, params.count);
  for (var i = first + local; i < end; i += ${WG}u) { y[i] = activation(x[i]); }
}
