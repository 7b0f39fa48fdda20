// Sums over the COLS invocations that share a row, in a fixed order; each of them gets the
// result. Neighbouring invocations share a row; a workgroup has ROWS of them. A kernel may
// call it SLOTS times, each time with another slot, so that no barrier is needed in between.
//# if COLS == 1
fn row_sum(value: f32, local: u32, slot: u32) -> f32 { return value; }
//# else
var<workgroup> row_sums: array<f32, ${SLOTS * ROWS * COLS}>;

fn row_sum(value: f32, local: u32, slot: u32) -> f32 {
  let at = slot * ${ROWS * COLS}u + local;
  let col = local % ${COLS}u;
  row_sums[at] = value;
  for (var half = ${COLS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (col < half) { row_sums[at] += row_sums[at + half]; }
  }
  workgroupBarrier();
  return row_sums[at - col];
}
//# end
