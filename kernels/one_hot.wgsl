// y[r, tokens[row_start + r]] = 1; y is zero before. A token beyond the columns writes nothing.
//
//   tokens   [.. rows]
//   y        [rows, columns]
// Constants: WG.
//# include common

struct Params {
  rows: u32,
  columns: u32,
  row_start: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = folded_index(group, groups) * ${WG}u + local;
  if (row >= params.rows) { return; }
  let token = tokens[params.row_start + row];
  if (token < params.columns) { y[row * params.columns + token] = 1.0; }
}
