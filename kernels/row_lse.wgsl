// The pair m = max_i value_at(first + i), log(sum_i exp(value_at(first + i) - m)), i < count,
// by one workgroup in one reading of the row: each lane keeps a running maximum and sum, and
// the lanes' pairs are then joined. The log-sum-exp is their sum; apart they lose no digits
// where the logits are large. The file that includes this one defines value_at(index) -> f32.
//
// Must be called in uniform control flow, and once only. Constants: WG (a power of two).

// Below every logit, yet finite: exp(LOWEST - m) is 0 for every m that occurs.
const LOWEST = -1e30;

var<workgroup> lane_max: array<f32, ${WG}>;
var<workgroup> lane_sum: array<f32, ${WG}>;

fn row_lse(first: u32, count: u32, local: u32) -> vec2f {
  var m = LOWEST;
  var s = 0.0;
  for (var base = 0u; base < count; base += ${WG * 8}u) {
//# repeat u 0 8
    let i${u} = base + ${WG * u}u + local;
    let z${u} = select(LOWEST, value_at(first + min(i${u}, count - 1u)), i${u} < count);
//# end
    let top = max(m, max(max(max(z0, z1), max(z2, z3)), max(max(z4, z5), max(z6, z7))));
    s = s * exp(m - top)
      + ((exp(z0 - top) + exp(z1 - top)) + (exp(z2 - top) + exp(z3 - top)))
      + ((exp(z4 - top) + exp(z5 - top)) + (exp(z6 - top) + exp(z7 - top)));
    m = top;
  }
  lane_max[local] = m;
  lane_sum[local] = s;
  workgroupBarrier();
  for (var half = ${WG / 2}u; half > 0u; half /= 2u) {
    if (local < half) {
      let m0 = lane_max[local];
      let m1 = lane_max[local + half];
      let top = max(m0, m1);
      lane_sum[local] = lane_sum[local] * exp(m0 - top) + lane_sum[local + half] * exp(m1 - top);
      lane_max[local] = top;
    }
    workgroupBarrier();
  }
  return vec2f(lane_max[0], log(lane_sum[0]));
}
