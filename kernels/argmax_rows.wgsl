// y[m] = the lowest v at which x[m, v] is largest, or 0xffffffff if the row holds a NaN or an
// infinity. One workgroup a row.
//
//   x   [rows, columns]
//   y   one for every row of the whole; the chunk's begin at row_start
// Constants: WG (a power of two).
// Launched by argmaxRows() in lib/ops/argmax.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
  row_start: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> lane_best: array<f32, ${WG}>;
var<workgroup> lane_index: array<u32, ${WG}>;
var<workgroup> lane_exponent: array<u32, ${WG}>;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = folded_index(group, groups);
  if (row >= params.rows) { return; }
  let first = row * params.columns;
  // Lanes beyond the row, and those at its end, read the last element: a tie that the
  // lower index wins.
  let last = params.columns - 1u;
  var index = min(local, last);
  var best = f32(x[first + index]);
  // Comparisons do not tell NaN on every driver; the exponent's bits do.
  var exponent = 0u;
  for (var base = 0u; base < params.columns; base += ${WG * 4}u) {
//# repeat u 0 4
    let i${u} = min(base + ${WG * u}u + local, last);
    let z${u} = f32(x[first + i${u}]);
    index = select(index, i${u}, z${u} > best);
    best = max(best, z${u});
    exponent = max(exponent, bitcast<u32>(z${u}) & 0x7f800000u);
//# end
  }
  lane_best[local] = best;
  lane_index[local] = index;
  lane_exponent[local] = exponent;
  workgroupBarrier();
  for (var half = ${WG / 2}u; half > 0u; half /= 2u) {
    if (local < half) {
      let other = lane_best[local + half];
      let other_index = lane_index[local + half];
      if (other > lane_best[local]
        || (other == lane_best[local] && other_index < lane_index[local])) {
        lane_best[local] = other;
        lane_index[local] = other_index;
      }
      lane_exponent[local] = max(lane_exponent[local], lane_exponent[local + half]);
    }
    workgroupBarrier();
  }
  if (local == 0u) {
    y[params.row_start + row] = select(lane_index[0], 0xffffffffu, lane_exponent[0] == 0x7f800000u);
  }
}
