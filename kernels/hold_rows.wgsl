// y[r, :] = weight · data[r, :] where row r has a given token; other rows stay as they are.
//
//   tokens    [rows], 0xffffffff where none is given
//   data, y   [rows, cols]; count = rows · cols
// Constants: WG.
//# include common

struct Params {
  count: u32,
  cols: u32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * ${WG}u + local;
  if (i >= params.count) { return; }
  if (tokens[i / params.cols] != 0xffffffffu) { y[i] = params.weight * data[i]; }
}
