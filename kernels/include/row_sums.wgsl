// Sums over the rows of a team (see rows.wgsl): put a value into each of ROUND slots, add up, get
// the sums; in a fixed order. Every slot is used once, so SLOTS is ROUND times the number of
// rounds. On a graphics card, add_up_row_sums must be called in uniform control flow.
// Constants: ROWS, COLS (a power of two), SLOTS, ROUND.

//# if COLS == 1
var<private> row_sums: array<f32, ${SLOTS}>;

fn put_row_sum(value: f32, local: u32, slot: u32) { row_sums[slot] = value; }
fn add_up_row_sums(local: u32, first_slot: u32) {}
fn row_sum(local: u32, slot: u32) -> f32 { return row_sums[slot]; }
//# else
var<workgroup> row_sums: array<f32, ${SLOTS * ROWS * COLS}>;

fn put_row_sum(value: f32, local: u32, slot: u32) {
  row_sums[slot * ${ROWS * COLS}u + local] = value;
}

fn add_up_row_sums(local: u32, first_slot: u32) {
  let at = first_slot * ${ROWS * COLS}u + local;
  for (var half = ${COLS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local % ${COLS}u < half) {
//# repeat i 0 ROUND
      row_sums[at + ${i * ROWS * COLS}u] += row_sums[at + ${i * ROWS * COLS}u + half];
//# end
    }
  }
  workgroupBarrier();
}

fn row_sum(local: u32, slot: u32) -> f32 {
  return row_sums[slot * ${ROWS * COLS}u + local - local % ${COLS}u];
}
//# end
