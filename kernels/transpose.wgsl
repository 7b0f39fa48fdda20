// y[c, r] = x[r, c]: x [rows, cols] with row stride ldx, y [cols, rows] packed.
// A workgroup turns an 8 x 8 tile; lanes run along r, so that stores are contiguous.
//# include common

struct Params {
  rows: u32,
  cols: u32,
  x_start: u32,
  ldx: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let tiles = (params.rows + 7u) / 8u;
  let tile = folded_index(group, groups);
  let r = (tile % tiles) * 8u + local.x;
  let c = (tile / tiles) * 8u;
  if (r >= params.rows) { return; }
//# repeat i 0 8
  if (c + ${i}u < params.cols) {
    y[(c + ${i}u) * params.rows + r] = x[params.x_start + r * params.ldx + c + ${i}u];
  }
//# end
}
