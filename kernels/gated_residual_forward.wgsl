// y = residual + gate * dropout(branch), the gate being that of the row's sample, or 1 unless
// GATE.
//
//   residual, branch, y   [samples * length, hidden]
//   modulation            [samples, modulation_stride]; the gate starts at that column
//   samples               [samples], their indices in the global batch (SAMPLES; else
//                         first_sample and on)
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, WHOLE (length is a multiple of ROWS * PER), DROPOUT,
// SAMPLES (with DROPOUT), GATE.
// Launched by connect() in lib/ops/gated_residual.ts.
//# include common
//# include vectors
//# include rows
//# include gated_residual
//# include dropout_draw

//# stored residual VEC
@group(0) @binding(0) var<storage, read> residual: array<residual_t>;
//# stored branch VEC
@group(0) @binding(1) var<storage, read> branch: array<branch_t>;
//# if GATE
@group(0) @binding(2) var<storage, read> modulation: array<Vec>;
//# end
//# stored y VEC
@group(0) @binding(3) var<storage, read_write> y: array<y_t>;
//# if SAMPLES
@group(0) @binding(4) var<storage, read> samples: array<u32>;
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
  for (var c = local % ${COLS}u; c < H; c += ${COLS}u) {
//# if GATE
    let gate = modulation[sample * params.modulation_stride + params.gate + c];
//# end
//# repeat i 0 PER
//# if !WHOLE
    if (position + ${i * ROWS}u < params.length)
//# end
    {
      let at = first + at${i} + c;
//# if DROPOUT
      let kept = dropout_mask(at${i} + c, draw) * Vec(branch[at]);
//# else
      let kept = Vec(branch[at]);
//# end
//# if GATE
      y[at] = y_t(Vec(residual[at]) + gate * kept);
//# else
      y[at] = y_t(Vec(residual[at]) + kept);
//# end
    }
//# end
  }
}
