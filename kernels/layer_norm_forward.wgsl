// y = (x - mean) * rstd * weight * (1 + scale) + shift for each row, with
// rstd = 1 / sqrt(mean((x - mean)^2) + eps): a LayerNorm without bias, then adaLN modulation
// by the shift and scale of the row's sample. Unless MODULATE, there is neither; then BIAS says
// whether a bias is added. If RESIDUAL, x is made on the way: residual + gate * dropout(branch), as
// by gated_residual_forward.
//
//   x, y         [samples * length, hidden]
//   weight       [hidden]
//   modulation   [samples, modulation_stride]; shift, scale and gate start at these columns
//   bias         [hidden]
//   stats        [2, samples * length]: means, then rstds
//   residual, branch   as x
//   samples      [samples], their indices in the global batch (SAMPLES; else first_sample and on)
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, SLOTS = 2 * PER, ROUND = PER, WHOLE (length is a multiple of
// ROWS * PER), MODULATE, BIAS, RESIDUAL (with MODULATE), DROPOUT (with RESIDUAL), SAMPLES (with
// DROPOUT).
// Launched by normRows() in lib/ops/row_norm.ts.
//# include common
//# include vectors
//# include rows
//# include row_sums
//# include dropout_draw

struct Params {
  samples: u32,
  length: u32,
  hidden: u32,
//# if MODULATE
  modulation_stride: u32,
  shift: u32,
  scale: u32,
//# end
  eps: f32,
//# if RESIDUAL
  gate: u32,
//# end
//# include dropout_params
}

//# stored x VEC
//# if RESIDUAL
@group(0) @binding(0) var<storage, read_write> x: array<x_t>;
//# else
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# end
@group(0) @binding(1) var<storage, read> weight: array<Vec>;
//# if MODULATE
@group(0) @binding(2) var<storage, read> modulation: array<Vec>;
//# end
//# if BIAS
@group(0) @binding(2) var<storage, read> bias: array<Vec>;
//# end
//# stored y VEC
@group(0) @binding(3) var<storage, read_write> y: array<y_t>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
//# if RESIDUAL
//# stored residual VEC
@group(0) @binding(5) var<storage, read> residual: array<residual_t>;
//# stored branch VEC
@group(0) @binding(6) var<storage, read> branch: array<branch_t>;
//# end
//# if SAMPLES
@group(0) @binding(7) var<storage, read> samples: array<u32>;
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
  let lane = local % ${COLS}u;
  let H = params.hidden;
  let factor = 1.0 / f32(H * ${VEC}u);

//# repeat i 0 PER
  // Positions beyond the sample read its last one, and write nothing.
  let row${i} = sample * params.length + min(position + ${i * ROWS}u, params.length - 1u);
  let at${i} = row${i} * H;
  var sum${i} = Vec();
  var squares${i} = Vec();
//# end
//# if RESIDUAL
  let gate = sample * params.modulation_stride + params.gate;
//# if DROPOUT
  let draw = dropout_draw(sample);
//# end
//# end
  for (var c = lane; c < H; c += ${COLS}u) {
//# if RESIDUAL
    let gate_c = modulation[gate + c];
//# end
//# repeat i 0 PER
//# if RESIDUAL
    {
//# if DROPOUT
      let mask = dropout_mask(at${i} - sample * params.length * H + c, draw);
      let kept = mask * Vec(branch[at${i} + c]);
//# else
      let kept = Vec(branch[at${i} + c]);
//# end
      // Positions beyond the sample make its last row once more, of the same numbers.
      x[at${i} + c] = x_t(Vec(residual[at${i} + c]) + gate_c * kept);
    }
//# end
    sum${i} += Vec(x[at${i} + c]);
//# end
  }
//# repeat i 0 PER
  put_row_sum(component_sum(sum${i}), local, ${i}u);
//# end
  add_up_row_sums(local, 0u);
//# repeat i 0 PER
  let mean${i} = factor * row_sum(local, ${i}u);
//# end
  for (var c = lane; c < H; c += ${COLS}u) {
//# repeat i 0 PER
    let d${i} = Vec(x[at${i} + c]) - mean${i};
    squares${i} += d${i} * d${i};
//# end
  }
//# repeat i 0 PER
  put_row_sum(component_sum(squares${i}), local, ${PER + i}u);
//# end
  add_up_row_sums(local, ${PER}u);
//# repeat i 0 PER
  let rstd${i} = 1.0 / sqrt(factor * row_sum(local, ${PER + i}u) + params.eps);
  if (lane == 0u && position + ${i * ROWS}u < params.length) {
    stats[row${i}] = mean${i};
    stats[params.samples * params.length + row${i}] = rstd${i};
  }
//# end

//# if MODULATE
  let scale = sample * params.modulation_stride + params.scale;
  let shift = sample * params.modulation_stride + params.shift;
//# end
  for (var c = lane; c < H; c += ${COLS}u) {
//# if MODULATE
    let gain = weight[c] * (1.0 + modulation[scale + c]);
    let offset = modulation[shift + c];
//# else
    let gain = weight[c];
//# if BIAS
    let offset = bias[c];
//# else
    let offset = Vec();
//# end
//# end
//# repeat i 0 PER
//# if !WHOLE
    if (position + ${i * ROWS}u < params.length)
//# end
    { y[at${i} + c] = y_t((Vec(x[at${i} + c]) - mean${i}) * (rstd${i} * gain) + offset); }
//# end
  }
}
