// Gradients of gated_residual_forward for branch and gate (that of residual is dy):
//   dbranch (+)= gate * mask * dy
//   partials   = sum over the PER rows, all of one sample, of a team of invocations of
//                dy * mask * branch
//
//   branch, dy, dbranch   [samples * length, hidden]
//   modulation            [samples, modulation_stride]; the gate starts at that column
//   samples               [samples], their indices in the global batch (SAMPLES; else
//                         first_sample and on)
//   partials              [samples * blocks * ROWS, hidden]; blocks = ceil(length / (ROWS * PER))
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, WHOLE (length is a multiple of ROWS * PER), DROPOUT,
// SAMPLES (with DROPOUT), GATE (else it is 1, and there are no partials), DBRANCH (whether dbranch
// is wanted), ACCUMULATE.
// Launched by branchBackward() in lib/ops/gated_residual.ts.
//# include common
//# include vectors
//# include rows
//# include gated_residual
//# include dropout_draw

//# if GATE
//# stored branch VEC
@group(0) @binding(0) var<storage, read> branch: array<branch_t>;
//# end
//# stored dy VEC
@group(0) @binding(1) var<storage, read> dy: array<dy_t>;
//# if GATE
@group(0) @binding(2) var<storage, read> modulation: array<Vec>;
@group(0) @binding(3) var<storage, read_write> partials: array<Vec>;
//# end
//# if DBRANCH
//# stored dbranch VEC
@group(0) @binding(4) var<storage, read_write> dbranch: array<dbranch_t>;
//# end
//# if SAMPLES
@group(0) @binding(5) var<storage, read> samples: array<u32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = folded_index(group, groups);
  let sample = sample_of(block, params.length);
  if (sample >= params.samples) { return; }
  let position = position_of(block, params.length, local);
  let H = params.hidden;
//# if DROPOUT
  let draw = dropout_draw(sample);
//# end
  let first = sample * params.length * H;
//# repeat i 0 PER
  let at${i} = (position + ${i * ROWS}u) * H;
//# end
//# if GATE
  let partial = team_of(block, local) * H;
//# end
  for (var c = local % ${COLS}u; c < H; c += ${COLS}u) {
//# if GATE
    let gate = modulation[sample * params.modulation_stride + params.gate + c];
    var sum = Vec();
//# end
//# repeat i 0 PER
//# if !WHOLE
    if (position + ${i * ROWS}u < params.length)
//# end
    {
      let at = first + at${i} + c;
//# if DROPOUT
      let d = dropout_mask(at${i} + c, draw) * Vec(dy[at]);
//# else
      let d = Vec(dy[at]);
//# end
//# if GATE
      sum += d * Vec(branch[at]);
      let g = gate * d;
//# else
      let g = d;
//# end
//# if DBRANCH
//# if ACCUMULATE
      dbranch[at] = dbranch_t(Vec(dbranch[at]) + g);
//# else
      dbranch[at] = dbranch_t(g);
//# end
//# end
    }
//# end
//# if GATE
    partials[partial + c] = sum;
//# end
  }
}
