// y[slab, n] (+)= sum over the slab's rows of x[m, n]; the rows are added in order, so the
// sum is the same in every run.
//
//   x   [rows, columns], first element x_start, row stride x_stride
//   y   [ceil(rows / slab_rows), columns] from y_start, packed
// A workgroup sums WG columns of a slab; lanes read neighbouring columns.
// Constants: WG, ACCUMULATE.
// Launched by pass() in lib/ops/sum_rows.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
  slab_rows: u32,
  x_start: u32,
  x_stride: u32,
  y_start: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles = (params.columns + ${WG - 1}u) / ${WG}u;
  let tile = folded_index(group, groups);
  let slab = tile / tiles;
  let col = (tile % tiles) * ${WG}u + local;
  let first = slab * params.slab_rows;
  if (first >= params.rows || col >= params.columns) { return; }
  let rows = min(params.slab_rows, params.rows - first);
  var at = params.x_start + first * params.x_stride + col;
  var sum = 0.0;
  for (var step = 0u; step < rows / 8u; step++) {
//# repeat i 0 8
    sum += f32(x[at + ${i}u * params.x_stride]);
//# end
    at += 8u * params.x_stride;
  }
  for (var step = 0u; step < rows % 8u; step++) {
    sum += f32(x[at]);
    at += params.x_stride;
  }
  let to = params.y_start + slab * params.columns + col;
//# if ACCUMULATE
  sum += y[to];
//# end
  y[to] = sum;
}
