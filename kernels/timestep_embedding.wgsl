// y[b, i] = cos(t[b] f_i), y[b, half + i] = sin(t[b] f_i), f_i = 10000^(−i / half)
//
//   t  [samples]      y  [samples, 2 half]
//# include common

struct Params {
  samples: u32,
  half_features: u32,
}

@group(0) @binding(0) var<storage, read> t: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = folded_index(group, groups) * ${WG}u + local;
  if (index >= params.samples * params.half_features) { return; }
  let b = index / params.half_features;
  let i = index % params.half_features;
  // ln(10000) = 9.2103404
  let angle = t[b] * exp(-9.2103404 * f32(i) / f32(params.half_features));
  let at = 2u * b * params.half_features + i;
  y[at] = cos(angle);
  y[at + params.half_features] = sin(angle);
}
