// loss[m] = log sum_v exp(z[m, v]) - z[m, target[m]], where z is the logits, or
// cap tanh(logits / cap) if CAP. If GRAD, logits[m, v] becomes
//   dlogits[m, v] = (softmax(z) - [v = target[m]]) z'(logits) dloss[m]
// as well, in place; z' is 1 or 1 - (z / cap)^2. A lane or a workgroup a row.
//
//   logits         [rows, vocab], the chunk
//   targets        class of every row of the whole; the chunk's begin at row_start
//   loss           likewise one for every row of the whole
//   dloss          likewise (GRAD)
// Constants: WG, LANES (WG or 1), CAP, GRAD.
// Launched by tokenLosses() in lib/ops/cross_entropy.ts.
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
//# if GRAD
@group(0) @binding(0) var<storage, read_write> logits: array<logits_t>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
//# else
@group(0) @binding(0) var<storage, read> logits: array<logits_t>;
//# end
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
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
  let class_at = first + targets[whole_row];
  // Before row_lse, behind whose barriers lanes write.
  let hit = value_at(class_at);
  let pair = row_lse(first, params.vocab, lane);
  if (lane == 0u) { loss[whole_row] = pair.y + (pair.x - hit); }
//# if GRAD
  let factor = dloss[whole_row];
  let end = first + params.vocab;
  for (var base = first + lane; base < end; base += ${LANES * 4}u) {
//# repeat u 0 4
    if (base + ${LANES * u}u < end) {
      let at = base + ${LANES * u}u;
      let z = value_at(at);
      let p = exp((z - pair.x) - pair.y);
      logits[at] = logits_t((p - select(0.0, 1.0, at == class_at)) * slope_at(z) * factor);
    }
//# end
  }
//# end
}
