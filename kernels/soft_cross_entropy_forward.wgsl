// loss[m] = -sum_v target[m, v] log softmax(z)[m, v], where z is the logits, or
// cap tanh(logits / cap) if CAP. A lane or a workgroup a row.
//
//   logits, target   [rows, vocab], the chunk; every row of target is a distribution
//   loss             one for every row of the whole; the chunk's begin at row_start
//   lse              likewise: the maximum of z, and the log of the sum of exp(z - maximum)
// Constants: WG, LANES (WG or 1), CAP.
// Launched by softCrossEntropyHead() in lib/ops/soft_cross_entropy.ts.
//# include row_and_lane
//# include logit_at
//# include row_lse
//# include workgroup_sum

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  cap: f32,
}

//# stored logits
@group(0) @binding(0) var<storage, read> logits: array<logits_t>;
//# stored target_rows
@group(0) @binding(1) var<storage, read> target_rows: array<target_rows_t>;
@group(0) @binding(2) var<storage, read_write> lse: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
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
  let pair = row_lse(first, params.vocab, lane);
  var sum = 0.0;
  for (var base = lane; base < params.vocab; base += ${LANES * 4}u) {
//# repeat u 0 4
    let at${u} = first + min(base + ${LANES * u}u, params.vocab - 1u);
    let term${u} = f32(target_rows[at${u}]) * ((value_at(at${u}) - pair.x) - pair.y);
//# end
//# repeat u 0 4
    sum += select(0.0, term${u}, base + ${LANES * u}u < params.vocab);
//# end
  }
  let total = workgroup_sum(sum, local);
  if (lane == 0u) {
    lse[params.row_start + row] = pair;
    loss[params.row_start + row] = -total;
  }
}
