// The gradient of logits whose softmax p is the prediction in the error
// e = constant + scale * p: in place, logits[m, v] becomes
//   dlogits[m, v] = 2 scale dloss[m] p[m, v] (e[m, v] - sum_u p[m, u] e[m, u]) z'(logits),
// where p is the softmax of z, the logits or cap tanh(logits / cap) if CAP; z' is 1 or
// 1 - (z / cap)^2. A lane or a workgroup a row.
//
//   logits, constant   [rows, vocab], the chunk
//   scales             one for every sample of length rows
//   dloss              one for every row of the whole; the chunk's begin at row_start
//   lse                likewise: the maximum of z, and the log of the sum of exp(z - maximum)
// Constants: WG, LANES (WG or 1), CAP.
// Launched by squaredErrorSoftmaxHead() in lib/ops/squared_error.ts.
//# include row_and_lane
//# include logit_at
//# include workgroup_sum

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  length: u32,
  cap: f32,
}

//# stored logits
@group(0) @binding(0) var<storage, read_write> logits: array<logits_t>;
//# stored constant
@group(0) @binding(1) var<storage, read> constant: array<constant_t>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read> lse: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let first = row * params.vocab;
  let whole_row = params.row_start + row;
  let scale = scales[whole_row / params.length];
  let pair = lse[whole_row];
  var sum = 0.0;
  for (var base = lane; base < params.vocab; base += ${LANES * 4}u) {
//# repeat u 0 4
    let at${u} = first + min(base + ${LANES * u}u, params.vocab - 1u);
    let p${u} = exp((value_at(at${u}) - pair.x) - pair.y);
    let pe${u} = p${u} * (f32(constant[at${u}]) + scale * p${u});
//# end
//# repeat u 0 4
    sum += select(0.0, pe${u}, base + ${LANES * u}u < params.vocab);
//# end
  }
  let mean = workgroup_sum(sum, local);
  let factor = 2.0 * scale * dloss[whole_row];
  for (var v = lane; v < params.vocab; v += ${LANES}u) {
    let at = first + v;
    let z = value_at(at);
    let p = exp((z - pair.x) - pair.y);
    logits[at] = logits_t(factor * p * ((f32(constant[at]) + scale * p) - mean) * slope_at(z));
  }
}
