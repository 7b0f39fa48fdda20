// y[i] = tokens[i] where a token is given; other entries stay as they are.
//
//   tokens, y   [count]; tokens are 0xffffffff where none is given
// Constants: WG.
//# include common

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * ${WG}u + local;
  if (i < params.count && tokens[i] != 0xffffffffu) { y[i] = tokens[i]; }
}
