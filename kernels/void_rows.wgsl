// y[m] = 0xffffffff where x[m, :] holds a NaN or an infinity; other entries stay as they are. An
// invocation a row.
//
//   x   [rows, columns]
// Constants: WG.
// Launched by voidRows() in lib/ops/argmax.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = folded_index(group, groups) * ${WG}u + local;
  if (row >= params.rows) { return; }
  let first = row * params.columns;
  let last = params.columns - 1u;
  // Comparisons do not tell NaN on every driver; the exponent's bits do.
  var exponent = 0u;
  for (var base = 0u; base < params.columns; base += 8u) {
//# repeat u 0 8
    exponent = max(exponent, bitcast<u32>(f32(x[first + min(base + ${u}u, last)])) & 0x7f800000u);
//# end
  }
  if (exponent == 0x7f800000u) { y[row] = 0xffffffffu; }
}
