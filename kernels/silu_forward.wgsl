// y = x · σ(x)
//# include common

struct Params {
  count: u32,
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
  let v = x[i];
  // Below -80 the sigmoid is 0 in f32 and exp would overflow.
  y[i] = v / (1.0 + exp(min(-v, 80.0)));
}
