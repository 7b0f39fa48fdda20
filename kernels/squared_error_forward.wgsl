// loss[m] = sum_v e[m, v]^2 with the error e = constant + scale * prediction. The prediction is
// the softmax of z if SOFTMAX, z being the logits, or cap tanh(logits / cap) if CAP. Without
// SOFTMAX only the head's bias is left to be added: e = constant + scale * bias.
// A lane or a workgroup a row.
//
//   constant   [rows, vocab], the chunk
//   logits     [rows, vocab], the chunk (SOFTMAX)
//   bias       [vocab] (without SOFTMAX)
//   scales     one for every sample of length rows
//   loss       one for every row of the whole; the chunk's begin at row_start
//   lse        likewise: the maximum of z, and the log of the sum of exp(z - maximum) (SOFTMAX)
// Constants: WG, LANES (WG or 1), SOFTMAX, CAP.
// Launched by squaredErrorHead() in lib/ops/squared_error.ts and squaredErrorSoftmaxHead() in
// lib/ops/squared_error.ts.
//# include row_and_lane
//# include workgroup_sum
//# if SOFTMAX
//# include logit_at
//# include row_lse
//# end

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  length: u32,
  cap: f32,
}

//# stored constant
@group(0) @binding(0) var<storage, read> constant: array<constant_t>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
//# if SOFTMAX
//# stored logits
@group(0) @binding(3) var<storage, read> logits: array<logits_t>;
@group(0) @binding(4) var<storage, read_write> lse: array<vec2f>;
//# else
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
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
//# if SOFTMAX
  let pair = row_lse(first, params.vocab, lane);
//# end
  var sum = 0.0;
  for (var base = lane; base < params.vocab; base += ${LANES * 4}u) {
//# repeat u 0 4
    let v${u} = min(base + ${LANES * u}u, params.vocab - 1u);
//# if SOFTMAX
    let e${u} = f32(constant[first + v${u}]) + scale * exp((value_at(first + v${u}) - pair.x) - pair.y);
//# else
    let e${u} = f32(constant[first + v${u}]) + scale * bias[v${u}];
//# end
    let square${u} = select(0.0, e${u} * e${u}, base + ${LANES * u}u < params.vocab);
//# end
    sum += (square0 + square1) + (square2 + square3);
  }
  let total = workgroup_sum(sum, local);
  if (lane == 0u) {
    loss[whole_row] = total;
//# if SOFTMAX
    lse[whole_row] = pair;
//# end
  }
}
