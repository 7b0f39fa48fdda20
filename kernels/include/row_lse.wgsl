// The pair m = max_i value_at(first + i), log(sum_i exp(value_at(first + i) - m)), i < count,
// in one reading of the row by one lane (LANES 1) or by a workgroup (LANES = WG, a power of
// two): each lane keeps a running maximum and sum, and the lanes' pairs are then joined. The
// log-sum-exp is the sum of the two; apart they lose no digits where the logits are large.
//
// The file that includes this one defines value_at(index) -> f32. If LANES > 1 the call must
// be in uniform control flow, and the only one.

// Below every logit, yet finite: exp(LOWEST - m) is 0 for every m that occurs.
const LOWEST = -1e30;

//# if LANES > 1
var<workgroup> lane_max: array<f32, ${WG}>;
var<workgroup> lane_sum: array<f32, ${WG}>;
//# end

fn row_lse(first: u32, count: u32, lane: u32) -> vec2f {
  var m = LOWEST;
  var s = 0.0;
  for (var base = 0u; base < count; base += ${LANES * 8}u) {
//# repeat u 0 8
    let i${u} = base + ${LANES * u}u + lane;
    let z${u} = select(LOWEST, value_at(first + min(i${u}, count - 1u)), i${u} < count);
//# end
    let top = max(m, max(max(max(z0, z1), max(z2, z3)), max(max(z4, z5), max(z6, z7))));
    s = s * exp(m - top)
      + ((exp(z0 - top) + exp(z1 - top)) + (exp(z2 - top) + exp(z3 - top)))
      + ((exp(z4 - top) + exp(z5 - top)) + (exp(z6 - top) + exp(z7 - top)));
    m = top;
  }
//# if LANES > 1
  lane_max[lane] = m;
  lane_sum[lane] = s;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half /= 2u) {
    if (lane < half) {
      let m0 = lane_max[lane];
      let m1 = lane_max[lane + half];
      let top = max(m0, m1);
      lane_sum[lane] = lane_sum[lane] * exp(m0 - top) + lane_sum[lane + half] * exp(m1 - top);
      lane_max[lane] = top;
    }
    workgroupBarrier();
  }
  return vec2f(lane_max[0], log(lane_sum[0]));
//# else
  return vec2f(m, log(s));
//# end
}
