// y[start + i] += weight · (x[i] − y[start + i])
//# include common

struct Params {
  count: u32,
  start: u32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * ${WG}u + local;
  if (i >= params.count) { return; }
  let at = params.start + i;
  y[at] += params.weight * (x[i] - y[at]);
}
