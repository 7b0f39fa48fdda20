// dx[i] (+)= scale dy[0], or scale dy[0] mask[i] if MASK
//# include common

struct Params {
  count: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
//# if MASK
@group(0) @binding(2) var<storage, read> mask: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * ${WG}u + local;
  if (i >= params.count) { return; }
  var d = params.scale * dy[0];
//# if MASK
  d *= mask[i];
//# end
//# if ACCUMULATE
  d += dx[i];
//# end
  dx[i] = d;
}
