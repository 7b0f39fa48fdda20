// y[m] = exp(-w[b]) loss[m] + w[b], b = m / length
//# include common

struct Params {
  count: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let m = folded_index(group, groups) * ${WG}u + local;
  if (m >= params.count) { return; }
  let weight = w[m / params.length];
  y[m] = exp(-weight) * loss[m] + weight;
}
