// loss[m] = log sum_v exp(z[m, v]) - z[m, target[m]], where z is the logits, or
// cap tanh(logits / cap) if CAP. A lane or a workgroup a row.
//
//   logits         [rows, vocab], the chunk
//   targets        class of every row of the whole; the chunk's begin at row_start
//   loss           likewise one for every row of the whole
//   lse            likewise: the maximum of z, and the log of the sum of exp(z - maximum)
// Constants: WG, LANES (WG or 1), CAP.
// Launched by crossEntropyHead() in lib/ops/cross_entropy.ts.
//# include row_and_lane
//# include logit_at
//# include row_lse

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  cap: f32,
}

//# stored logits
@group(0) @binding(0) var<storage, read> logits: array<logits_t>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
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
  if (lane == 0u) {
    let whole_row = params.row_start + row;
    lse[whole_row] = pair;
    loss[whole_row] = pair.y + (pair.x - value_at(first + targets[whole_row]));
  }
}
