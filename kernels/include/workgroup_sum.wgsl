// The sum of `value` over the LANES invocations of a workgroup (a power of two), in a fixed
// order; each of them gets it. Once a kernel.
//# if LANES == 1
fn workgroup_sum(value: f32, local: u32) -> f32 { return value; }
//# else
var<workgroup> lane_sums: array<f32, ${LANES}>;

fn workgroup_sum(value: f32, local: u32) -> f32 {
  lane_sums[local] = value;
  for (var half = ${LANES / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { lane_sums[local] += lane_sums[local + half]; }
  }
  workgroupBarrier();
  return lane_sums[0];
}
//# end
