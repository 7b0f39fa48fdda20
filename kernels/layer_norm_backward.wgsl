// Gradient of layer_norm_forward. With n = (x - mean) rstd, g = weight (1 + scale), a = mean of
// g dy and b = mean of n g dy over the row:
//   dx (+)= rstd (g dy - a - n b)
// and, for each team of invocations, the sums over its PER rows, all of one sample, of
//   dy (for shift),  weight n dy (for scale),  (1 + scale) n dy (for weight).
// Unless MODULATE, scale is 0 and the sums are dy (for a bias) and n dy (for weight).
// If RESIDUAL, x is residual + gate * mask * branch (see gated_residual_forward), and the sums of
//   dx * mask * branch (for gate)
// come before those. Then gate * mask * dx, the gradient of branch, takes the place of dy.
//
//   x, dy, dx    [samples * length, hidden]
//   weight       [hidden]
//   modulation   [samples, modulation_stride]; scale and gate start at these columns
//   stats        [2, samples * length]: means, then rstds
//   partials     [samples * blocks * ROWS, 2 + MODULATE + RESIDUAL, hidden];
//                blocks = ceil(length / (ROWS * PER))
//   branch       as x
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, SLOTS = ROUND = 2 * PER, WHOLE (length is a multiple of
// ROWS * PER), MODULATE, DX (whether dx is wanted), ACCUMULATE (add to dx), RESIDUAL (with MODULATE
// and DX), DROPOUT (with RESIDUAL), SAMPLES (0: of samples there are first_sample and on).
// Launched by normRowsBackward() in lib/ops/row_norm.ts.
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
  scale: u32,
//# end
//# if RESIDUAL
  gate: u32,
//# end
//# include dropout_params
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored dy VEC
//# if RESIDUAL
@group(0) @binding(1) var<storage, read_write> dy: array<dy_t>;
//# else
@group(0) @binding(1) var<storage, read> dy: array<dy_t>;
//# end
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
//# if MODULATE
@group(0) @binding(3) var<storage, read> modulation: array<Vec>;
//# end
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<Vec>;
//# if DX
//# stored dx VEC
@group(0) @binding(6) var<storage, read_write> dx: array<dx_t>;
//# end
//# if RESIDUAL
//# stored branch VEC
@group(0) @binding(7) var<storage, read> branch: array<branch_t>;
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
//# if MODULATE
  let scale = sample * params.modulation_stride + params.scale;
//# end

//# repeat i 0 PER
  // Positions beyond the sample read its last one, and add nothing.
  let row${i} = sample * params.length + min(position + ${i * ROWS}u, params.length - 1u);
  let at${i} = row${i} * H;
  let mean${i} = stats[row${i}];
  let rstd${i} = stats[params.samples * params.length + row${i}];
//# if DX
  var sum_a${i} = Vec();
  var sum_b${i} = Vec();
//# end
//# end
//# if DX
  for (var c = lane; c < H; c += ${COLS}u) {
//# if MODULATE
    let gain = weight[c] * (1.0 + modulation[scale + c]);
//# else
    let gain = weight[c];
//# end
//# repeat i 0 PER
    let g${i} = gain * Vec(dy[at${i} + c]);
    sum_a${i} += g${i};
    sum_b${i} += g${i} * ((Vec(x[at${i} + c]) - mean${i}) * rstd${i});
//# end
  }
//# repeat i 0 PER
  put_row_sum(component_sum(sum_a${i}), local, ${2 * i}u);
  put_row_sum(component_sum(sum_b${i}), local, ${2 * i + 1}u);
//# end
  add_up_row_sums(local, 0u);
  let factor = 1.0 / f32(H * ${VEC}u);
//# repeat i 0 PER
  let a${i} = factor * row_sum(local, ${2 * i}u);
  let b${i} = factor * row_sum(local, ${2 * i + 1}u);
//# end
//# end

//# if RESIDUAL
  let gate = sample * params.modulation_stride + params.gate;
//# if DROPOUT
  let draw = dropout_draw(sample);
//# end
//# end
  let partial = team_of(block, local) * ${2 + MODULATE + RESIDUAL}u * H;
  for (var c = lane; c < H; c += ${COLS}u) {
    let w = weight[c];
//# if RESIDUAL
    let gate_c = modulation[gate + c];
    var for_gate = Vec();
//# end
//# if MODULATE
    let s = 1.0 + modulation[scale + c];
//# else
    let s = 1.0;
//# end
    var for_shift = Vec();
    var for_scale = Vec();
//# repeat i 0 PER
//# if !WHOLE
    if (position + ${i * ROWS}u < params.length)
//# end
    {
      let d = Vec(dy[at${i} + c]);
      let n = (Vec(x[at${i} + c]) - mean${i}) * rstd${i};
      for_shift += d;
      for_scale += n * d;
//# if DX
//# if ACCUMULATE
      let g = Vec(dx[at${i} + c]) + rstd${i} * (w * s * d - a${i} - n * b${i});
//# else
      let g = rstd${i} * (w * s * d - a${i} - n * b${i});
//# end
      dx[at${i} + c] = dx_t(g);
//# if RESIDUAL
//# if DROPOUT
      let masked = dropout_mask(at${i} - sample * params.length * H + c, draw) * g;
//# else
      let masked = g;
//# end
      for_gate += masked * Vec(branch[at${i} + c]);
      dy[at${i} + c] = dy_t(gate_c * masked);
//# end
//# end
    }
//# end
//# if RESIDUAL
    partials[partial + c] = for_gate;
//# end
    partials[partial + ${RESIDUAL}u * H + c] = for_shift;
//# if MODULATE
    partials[partial + ${1 + RESIDUAL}u * H + c] = w * for_scale;
    partials[partial + ${2 + RESIDUAL}u * H + c] = s * for_scale;
//# else
    partials[partial + H + c] = for_scale;
//# end
  }
}
