// y[r, c] = x[row_start + r, column_start + c]: a block of a matrix, packed.
//
//   x   [.., x_columns]
//   y   [rows, columns]
// A workgroup takes BLOCK rows; its invocations share out the columns.
// Constants: WG, BLOCK.
// Launched by tensorRows() in lib/ops/row_sources.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
  row_start: u32,
  column_start: u32,
  x_columns: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * ${BLOCK}u;
  let end = min(first + ${BLOCK}u, params.rows);
  for (var r = first; r < end; r++) {
    let from_row = (params.row_start + r) * params.x_columns + params.column_start;
    for (var c = local; c < params.columns; c += ${WG}u) {
      y[r * params.columns + c] = y_t(f32(x[from_row + c]));
    }
  }
}
