// loss[m] = -sum_v q[m, v] log softmax(z)[m, v], where z is the logits, or cap tanh(logits / cap)
// if CAP, and the target is what other networks predict, whose logits are capped by TARGET_CAP:
//   q = softmax(first)                                     if NUM is 1,
//   q = share softmax(first) + (1 - share) softmax(second) if NUM is 2.
// If GRAD, logits[m, v] becomes dlogits[m, v] = (softmax(z) - q)[m, v] z'(logits) dloss[m] as
// well, in place; z' is 1 or 1 - (z / cap)^2. A lane or a workgroup a row.
//
// No probability is written: one reading of the rows keeps, for each matrix, a running maximum and
// the sum of exp(. - maximum), and for each target also that of exp(. - maximum) (z - maximum of
// z), whose terms have one sign.
//
//   logits, first, second   [rows, vocab], the chunk
//   shares                  one for every sample of length rows; the rows of the first begin at
//                           first_row of the whole (NUM 2)
//   loss                    one for every row of the whole; the chunk's begin at row_start
//   dloss                   likewise (GRAD)
// Constants: WG, LANES (WG or 1), CAP, TARGET_CAP, NUM (1 or 2), GRAD.
// Launched by predictionLosses() in lib/ops/soft_cross_entropy.ts.
//# include row_and_lane
//# include logit_at

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
//# if NUM == 2
  first_row: u32,
  length: u32,
//# end
  cap: f32,
  target_cap: f32,
}

//# stored logits
//# if GRAD
@group(0) @binding(0) var<storage, read_write> logits: array<logits_t>;
@group(0) @binding(5) var<storage, read> dloss: array<f32>;
//# else
@group(0) @binding(0) var<storage, read> logits: array<logits_t>;
//# end
//# stored first
@group(0) @binding(1) var<storage, read> first: array<first_t>;
//# if NUM == 2
//# stored second
@group(0) @binding(2) var<storage, read> second: array<second_t>;
@group(0) @binding(3) var<storage, read> shares: array<f32>;
//# end
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Below every logit, yet finite: exp(LOWEST - maximum) is 0 for every maximum that occurs.
const LOWEST = -1e30;

//# repeat n 1 NUM + 1
fn target${n}_at(index: u32) -> f32 {
//# if n == 1
  let logit = f32(first[index]);
//# else
  let logit = f32(second[index]);
//# end
//# if TARGET_CAP
  return capped(logit, params.target_cap);
//# else
  return logit;
//# end
}
//# end

//# if LANES > 1
var<workgroup> lane_tops: array<vec${NUM + 1}f, ${WG}>;
var<workgroup> lane_sums: array<vec${NUM + 1}f, ${WG}>;
var<workgroup> lane_terms: array<vec2f, ${WG}>;
//# end

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let start = row * params.vocab;
  let whole_row = params.row_start + row;

  // Maxima and sums of z and of the targets, in this order.
  var tops = vec${NUM + 1}f(LOWEST);
  var sums = vec${NUM + 1}f();
  var terms = vec2f();
  for (var base = lane; base < params.vocab; base += ${LANES * 4}u) {
//# repeat u 0 4
    let at${u} = start + min(base + ${LANES * u}u, params.vocab - 1u);
    let inside${u} = base + ${LANES * u}u < params.vocab;
    let z0_${u} = select(LOWEST, value_at(at${u}), inside${u});
//# repeat n 1 NUM + 1
    let z${n}_${u} = select(LOWEST, target${n}_at(at${u}), inside${u});
//# end
//# end
    let before = tops;
//# repeat n 0 NUM + 1
    tops[${n}] = max(before[${n}], max(max(z${n}_0, z${n}_1), max(z${n}_2, z${n}_3)));
//# end
    let shrink = exp(before - tops);
//# repeat n 1 NUM + 1
    terms[${n - 1}] = (terms[${n - 1}] + sums[${n}] * (before.x - tops.x)) * shrink[${n}];
//# end
    sums *= shrink;
//# repeat u 0 4
    sums.x += exp(z0_${u} - tops.x);
//# repeat n 1 NUM + 1
    let e${n}_${u} = exp(z${n}_${u} - tops[${n}]);
    sums[${n}] += e${n}_${u};
    terms[${n - 1}] += e${n}_${u} * (z0_${u} - tops.x);
//# end
//# end
  }
//# if LANES > 1
  lane_tops[local] = tops;
  for (var half = ${LANES / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { lane_tops[local] = max(lane_tops[local], lane_tops[local + half]); }
  }
  workgroupBarrier();
  let before = tops;
  tops = lane_tops[0];
  let shrink = exp(before - tops);
//# repeat n 1 NUM + 1
  terms[${n - 1}] = (terms[${n - 1}] + sums[${n}] * (before.x - tops.x)) * shrink[${n}];
//# end
  lane_sums[local] = sums * shrink;
  lane_terms[local] = terms;
  for (var half = ${LANES / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      lane_sums[local] += lane_sums[local + half];
      lane_terms[local] += lane_terms[local + half];
    }
  }
  workgroupBarrier();
  sums = lane_sums[0];
  terms = lane_terms[0];
//# end
  let logs = log(sums);
//# if NUM == 2
  let share = shares[(whole_row - params.first_row) / params.length];
  let weights = vec2f(share, 1.0 - share);
//# else
  let weights = vec2f(1.0, 0.0);
//# end
  if (lane == 0u) {
    var total = logs.x;
//# repeat n 1 NUM + 1
    total -= weights[${n - 1}] * terms[${n - 1}] / sums[${n}];
//# end
    loss[whole_row] = total;
  }
//# if GRAD
  let factor = dloss[whole_row];
  let end = start + params.vocab;
  for (var base = start + lane; base < end; base += ${LANES * 4}u) {
//# repeat u 0 4
    if (base + ${LANES * u}u < end) {
      let at = base + ${LANES * u}u;
      let z = value_at(at);
      var d = exp((z - tops.x) - logs.x);
//# repeat n 1 NUM + 1
      d -= weights[${n - 1}] * exp((target${n}_at(at) - tops[${n}]) - logs[${n}]);
//# end
      logits[at] = logits_t(d * slope_at(z) * factor);
    }
//# end
  }
//# end
}
